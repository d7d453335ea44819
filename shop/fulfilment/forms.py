"""What a supplier types."""

import unicodedata
from collections.abc import Mapping

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from shop.ordering.models import LineShare

COURIERS = (
    ("邮政EMS", _("China Post EMS")),
    ("顺丰速运", _("SF Express")),
    ("中通快递", _("ZTO Express")),
    ("圆通速递", _("YTO Express")),
    ("申通快递", _("STO Express")),
    ("韵达快递", _("Yunda Express")),
    ("京东物流", _("JD Logistics")),
    ("极兔速递", _("J&T Express")),
)


class TrackingNumberField(forms.CharField):
    """Takes a number as people paste it: full-width digits, blanks and hyphens are put right."""

    def to_python(self, value: str | None) -> str:
        """Return the number in plain capital letters and digits."""
        text = unicodedata.normalize("NFKC", super().to_python(value) or "")
        return "".join(text.split()).replace("-", "").upper()


class ShipForm(forms.Form):
    """Courier, number and the units of each line that are in the parcel."""

    courier = forms.ChoiceField(label=_("Courier"), choices=COURIERS)
    tracking_number = TrackingNumberField(
        label=_("Courier number"),
        max_length=40,
        validators=[
            RegexValidator(r"^[A-Z0-9]{6,30}$", _("A courier number has 6 to 30 letters and digits."))
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "enterkeyhint": "done"}),
    )

    def __init__(self, *args: object, left: Mapping[LineShare, int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.left = {share: units for share, units in left.items() if units}
        for share, units in self.left.items():
            self.fields[f"units_{share.pk}"] = forms.IntegerField(
                label=share.line.title,
                min_value=0,
                max_value=units,
                initial=units,
                help_text=_("%(units)d left to ship") % {"units": units},
            )

    def units_by_share(self) -> dict[int, int]:
        """Return the units of the parcel by share id; call after is_valid()."""
        return {share.pk: self.cleaned_data[f"units_{share.pk}"] for share in self.left}
