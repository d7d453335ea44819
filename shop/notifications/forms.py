"""What staff type about channels and limits."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.cells import read_fen
from shop.core.exceptions import ShopError
from shop.notifications.models import ChannelKind, SmsRule


class ChannelForm(forms.Form):
    """A way to reach a supplier."""

    channel = forms.ChoiceField(label=_("Channel"), choices=ChannelKind.choices)
    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("E-mail address, mobile number, or the webhook address of the group bot."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class SmsRuleForm(forms.Form):
    """Limits of text messages from a day on; the price and the ceilings in yuan."""

    starts_on = forms.DateField(
        label=_("Holds from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    per_number_hour = forms.IntegerField(label=_("To one number in an hour"), min_value=1, max_value=100)
    per_number_day = forms.IntegerField(label=_("To one number in a day"), min_value=1, max_value=500)
    per_minute = forms.IntegerField(label=_("Of the whole shop in a minute"), min_value=1, max_value=100_000)
    per_day = forms.IntegerField(label=_("Of the whole shop in a day"), min_value=1, max_value=10_000_000)
    segment_fen = forms.CharField(label=_("Price of one text (70 characters), yuan"), max_length=20)
    day_ceiling_fen = forms.CharField(label=_("Most in a day, yuan"), max_length=20)
    month_ceiling_fen = forms.CharField(label=_("Most in a month, yuan"), max_length=20)

    def __init__(self, data: Any = None, *, rule: SmsRule) -> None:
        values: dict[str, Any] = {name: getattr(rule, name) for name in self.base_fields}
        values |= {name: f"{values[name] / 100:.2f}" for name in values if name.endswith("_fen")}
        super().__init__(data, initial=values | {"starts_on": clock.today()})

    def clean_segment_fen(self) -> int:
        """Return the price in fen: a part of one is rounded up by whoever types it, for none is free."""
        return self._fen("segment_fen", least=1)

    def clean_day_ceiling_fen(self) -> int:
        """Return the ceiling in fen; 0 stops all texts."""
        return self._fen("day_ceiling_fen", least=0)

    def clean_month_ceiling_fen(self) -> int:
        """Return the ceiling in fen; 0 stops all texts."""
        return self._fen("month_ceiling_fen", least=0)

    def _fen(self, name: str, *, least: int) -> int:
        try:
            fen = read_fen(self.cleaned_data[name])
        except ShopError as refused:
            raise forms.ValidationError(str(refused)) from refused
        if not least <= fen <= 1_000_000_00:
            raise forms.ValidationError(_("Enter an amount between 0.01 and 1,000,000 yuan."))
        return fen
