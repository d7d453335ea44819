"""What the staff type about an order or a parcel."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core import clock
from shop.core.fen import from_yuan, to_yuan
from shop.gateways.forms import AmountField
from shop.ordering.models import ChargeShare, LineShare
from shop.ordering.portions import ChargeOf, FenOf, Portion, UnitsOf

REASON_LENGTH = 200


class TakeBackForm(forms.Form):
    """Units, or an amount, of each line, and an amount of each charge: to refund, or to take off before payment."""

    def __init__(
        self, *args: Any, shares: Sequence[LineShare], charges: Sequence[ChargeShare], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.shares = [share for share in shares if share.left_fen > 0]
        self.charges = [charge for charge in charges if charge.left_fen > 0]
        for share in self.shares:
            self._add_share(share)
        for charge in self.charges:
            label = _("%(charge)s of %(supplier)s, yuan (at most %(left)s)") % {
                "charge": charge.get_kind_display(),
                "supplier": charge.supplier.name_zh if charge.supplier else "–",
                "left": to_yuan(charge.left_fen),
            }
            self.fields[f"charge_{charge.pk}"] = AmountField(label=label, required=False)
        self.fields["reason"] = forms.CharField(
            label=_("Reason"),
            max_length=REASON_LENGTH,
            error_messages={"required": _("Please say why; the reason is kept in the order's history.")},
        )

    def _add_share(self, share: LineShare) -> None:
        if share.left_units:
            self.fields[f"units_{share.pk}"] = forms.IntegerField(
                label=_("%(product)s, units (at most %(left)d)")
                % {"product": share.line.title, "left": share.left_units},
                min_value=0,
                max_value=share.left_units,
                required=False,
            )
        self.fields.setdefault(
            f"yuan_{share.line_id}",
            AmountField(
                label=_("%(product)s, yuan without units (at most %(left)s)")
                % {"product": share.line.title, "left": to_yuan(share.left_fen)},
                required=False,
            ),
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a form that asks for nothing."""
        data = super().clean() or {}
        if not self.errors and not self.portions():
            raise forms.ValidationError(_("Please give units or an amount of at least one line."))
        return data

    def portions(self) -> list[Portion]:
        """Return what is asked for: units first, then amounts of lines, then charges; call after is_valid()."""
        data = self.cleaned_data
        lines = dict.fromkeys(share.line_id for share in self.shares)
        units = ((share.pk, data.get(f"units_{share.pk}")) for share in self.shares)
        amounts = ((line, _fen(data.get(f"yuan_{line}"))) for line in lines)
        charges = ((charge.pk, _fen(data.get(f"charge_{charge.pk}"))) for charge in self.charges)
        return [
            *(UnitsOf(pk, count) for pk, count in units if count),
            *(FenOf(fen, line) for line, fen in amounts if fen),
            *(ChargeOf(pk, fen) for pk, fen in charges if fen),
        ]


def _fen(yuan: Any) -> int:
    return from_yuan(yuan) if yuan else 0


class NoteForm(forms.Form):
    """Why something is done, or what was found."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=REASON_LENGTH,
        error_messages={"required": gettext_lazy("Please write a note; it is kept in the order's history.")},
    )


class SignedForm(NoteForm):
    """The day on which a parcel was signed for, and how that is known."""

    signed_on = forms.DateField(
        label=gettext_lazy("Signed for on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Enter the day on which the parcel was signed for.")},
    )

    def signed_at(self, shipped_at: dt.datetime) -> dt.datetime:
        """Return the end of that day, which is best for the buyer; on the present day, now."""
        day = self.cleaned_data["signed_on"]
        if day < clock.local_date(shipped_at):
            return dt.datetime.combine(day, dt.time(), tzinfo=clock.SHANGHAI)  # The service refuses it.
        end = dt.datetime.combine(day, dt.time(23, 59, 59), tzinfo=clock.SHANGHAI)
        return min(end, clock.now()) if day == clock.today() else end
