"""What the staff type about an order or a parcel."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core import clock
from shop.core.fen import from_yuan, to_yuan
from shop.core.forms import AmountField
from shop.ordering.desk import NOTE_LENGTH
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
        self.caps: dict[str, int] = {}
        for share in self.shares:
            self._add_share(share)
        for charge in self.charges:
            supplier = charge.supplier.name_zh if charge.supplier else "–"
            name = _("%(charge)s of %(supplier)s") % {
                "charge": charge.get_kind_display(),
                "supplier": supplier,
            }
            self._add_amount(f"charge_{charge.pk}", name, charge.left_fen)
        if self.shares:
            goods = sum(share.left_fen for share in self.shares)
            self._add_amount("yuan_all", _("All goods, spread over the lines"), goods)
        self.fields["form_key"] = form_key()
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
        if f"yuan_{share.line_id}" not in self.fields:
            of_line = sum(one.left_fen for one in self.shares if one.line_id == share.line_id)
            self._add_amount(f"yuan_{share.line_id}", share.line.title, of_line)

    def _add_amount(self, name: str, label: str, left_fen: int) -> None:
        self.caps[name] = left_fen
        self.fields[name] = AmountField(
            label=_("%(what)s, yuan (at most %(left)s)") % {"what": label, "left": to_yuan(left_fen)},
            required=False,
        )

    def units_fields(self) -> list[forms.BoundField]:
        """Return the fields of whole units."""
        return [self[name] for name in self.fields if name.startswith("units_")]

    def amount_fields(self) -> list[forms.BoundField]:
        """Return the fields of amounts of goods that stay with the buyer."""
        return [self[name] for name in self.fields if name.startswith("yuan_")]

    def charge_fields(self) -> list[forms.BoundField]:
        """Return the fields of freight and other charges."""
        return [self[name] for name in self.fields if name.startswith("charge_")]

    def clean(self) -> dict[str, Any]:
        """Refuse an amount above what is left, naming it, and a form that asks for nothing."""
        data = super().clean() or {}
        for name, left_fen in self.caps.items():
            if _fen(data.get(name)) > left_fen:
                self.add_error(name, _("At most %(left)s yuan are left.") % {"left": to_yuan(left_fen)})
        if not self.errors and not self.portions():
            raise forms.ValidationError(_("Please give units or an amount of at least one line."))
        return data

    def portions(self) -> list[Portion]:
        """Return what is asked for: units first, then amounts of lines and of all goods, then charges."""
        data = self.cleaned_data
        lines = dict.fromkeys(share.line_id for share in self.shares)
        units = ((share.pk, data.get(f"units_{share.pk}")) for share in self.shares)
        amounts = ((line, _fen(data.get(f"yuan_{line}"))) for line in lines)
        of_all = _fen(data.get("yuan_all"))
        charges = ((charge.pk, _fen(data.get(f"charge_{charge.pk}"))) for charge in self.charges)
        return [
            *(UnitsOf(pk, count) for pk, count in units if count),
            *(FenOf(fen, line) for line, fen in amounts if fen),
            *([FenOf(of_all)] if of_all else []),
            *(ChargeOf(pk, fen) for pk, fen in charges if fen),
        ]


def _fen(yuan: Any) -> int:
    return from_yuan(yuan) if yuan else 0


def form_key() -> forms.CharField:
    """Return the hidden field by which a form that is sent twice acts once."""
    return forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class NoteForm(forms.Form):
    """Why something is done, or what was found."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=REASON_LENGTH,
        error_messages={"required": gettext_lazy("Please write a note; it is kept in the order's history.")},
    )

    @property
    def reason(self) -> str:
        """Return what a valid form says."""
        return str(self.cleaned_data["note"])


class ActForm(NoteForm):
    """A reason, and the key by which the form acts once."""

    form_key = form_key()


class WriteForm(ActForm):
    """A note for the order's history."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=NOTE_LENGTH,
        error_messages={"required": gettext_lazy("Please write a note.")},
    )


class MoveForm(ActForm):
    """Which payment of another order is for this one, and why."""

    payment = forms.IntegerField(widget=forms.HiddenInput)


class ReshipForm(ActForm):
    """Which line is sent once more, how much of it, and why."""

    share = forms.ChoiceField(label=gettext_lazy("Product"))
    units = forms.IntegerField(label=gettext_lazy("Units"), min_value=1, initial=1)
    field_order = ("share", "units", "note", "form_key")

    def __init__(self, *args: Any, shares: Sequence[LineShare], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["share"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(share.pk), share.line.title) for share in shares if share.left_units]


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
