"""What a supplier answers in an after-sales case."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.fulfilment.returns.models import ReturnItem, ReturnKind, ReturnRequest
from shop.fulfilment.returns.steps import NOTE_LENGTH


class AgreeForm(forms.Form):
    """A word to the buyer; where the goods come back, where they are to be sent."""

    def __init__(self, *args: Any, case: ReturnRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if case.kind == ReturnKind.REPLACE:
            self.fields["goods_back"] = forms.BooleanField(
                label=_("The buyer has to send the goods back first"), required=False
            )
        needed = case.goods_back
        self.fields["note"] = forms.CharField(
            label=_("Where to send the goods: name, phone, address") if needed else _("A word to the buyer"),
            max_length=NOTE_LENGTH,
            required=needed,
            widget=forms.Textarea(attrs={"rows": 2}),
            error_messages={"required": _("Please give the address that the goods are to be sent to.")},
        )


class SayForm(forms.Form):
    """Why a supplier refuses, or hands the case to the shop."""

    note = forms.CharField(
        label=gettext_lazy("Why? The buyer reads it."),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Please say why; the other side reads it.")},
    )


class ArrivedForm(forms.Form):
    """How many of the pieces that came back can be sold again."""

    def __init__(self, *args: Any, items: Sequence[ReturnItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[f"good_{item.share_id}"] = forms.IntegerField(
                label=_("%(product)s: good enough to be sold again (of %(units)d)")
                % {"product": item.share.line.title, "units": item.units},
                min_value=0,
                max_value=item.units,
                initial=0,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        self.fields["note"] = forms.CharField(
            label=_("A word to the buyer"), max_length=NOTE_LENGTH, required=False
        )

    def good_units(self) -> dict[int, int]:
        """Return the good units by share id; call after is_valid()."""
        return {item.share_id: self.cleaned_data[f"good_{item.share_id}"] for item in self.items}
