"""What a buyer may ask of an order."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.ordering.models import LineShare
from shop.ordering.portions import UnitsOf

REASON_LENGTH = 200


class ReasonForm(forms.Form):
    """Why an order is cancelled; may be left empty."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=REASON_LENGTH, required=False)


class RefundForm(forms.Form):
    """How many pieces of each line, of those not shipped, to send the money back for, and why."""

    def __init__(self, *args: Any, left: Mapping[LineShare, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shares = list(left)
        for share, units in left.items():
            self.fields[f"units_{share.pk}"] = forms.IntegerField(
                label=_("%(product)s (at most %(left)d)") % {"product": share.line.title, "left": units},
                min_value=0,
                max_value=units,
                initial=0,
                required=False,
            )
        self.fields["reason"] = forms.CharField(
            label=_("Reason"),
            max_length=REASON_LENGTH,
            error_messages={"required": _("Please say why, so that the supplier understands.")},
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a request for nothing."""
        data = super().clean() or {}
        if not self.errors and not self.portions():
            raise forms.ValidationError(_("Please give the number of pieces of at least one line."))
        return data

    def portions(self) -> list[UnitsOf]:
        """Return the units asked for."""
        asked = [(share.pk, self.cleaned_data.get(f"units_{share.pk}") or 0) for share in self.shares]
        return [UnitsOf(share_id=pk, units=units) for pk, units in asked if units]
