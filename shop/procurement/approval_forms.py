"""What a unit's approvers type about the approvals it asks for."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.buyers.models import MemberRole, Membership
from shop.core import clock
from shop.core.cells import read_fen
from shop.core.exceptions import ShopError
from shop.procurement.chain import MOST_STEPS
from shop.procurement.loosening import Step


class FenField(forms.CharField):
    """Yuan as people type them, read as fen."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return fen; None for an optional field that is empty."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_fen(text)
        except ShopError as refused:
            raise forms.ValidationError(str(refused)) from refused


class ApprovalRuleForm(forms.Form):
    """From which amount and day on, and who agrees: up to three steps, none to end what held."""

    from_fen = FenField(
        label=gettext_lazy("From this amount on, in yuan"),
        help_text=gettext_lazy("Goods and freight of one request; 0 for every request."),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("Holds from"),
        initial=clock.today,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, approvers: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = {member.role: MemberRole(member.role) for member in approvers}
        choices = [
            *((role, _("Anybody: %(role)s") % {"role": known.label}) for role, known in roles.items()),
            *((f"{member.role}:{member.user_id}", str(member.user)) for member in approvers),
        ]
        for number in range(1, MOST_STEPS + 1):
            self.fields[f"step_{number}"] = forms.ChoiceField(
                label=_("Step %(number)d") % {"number": number},
                choices=[("", _("No such step")), *choices],
                required=False,
            )

    def steps(self) -> list[Step]:
        """Return the steps that were chosen, in order, from a valid form."""
        chosen = [self.cleaned_data[f"step_{number}"] for number in range(1, MOST_STEPS + 1)]
        found = []
        for text in filter(None, chosen):
            role, _colon, person = text.partition(":")
            found.append(Step(MemberRole(role), int(person) if person else None))
        return found
