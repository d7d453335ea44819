"""What the staff type about negotiations."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.accounts.phones import normalise_phone
from shop.accounts.scope import Scope
from shop.core.exceptions import ShopError
from shop.procurement.budget_forms import FenField
from shop.procurement.lead_models import Lead, LeadState
from shop.procurement.leads import regions_of
from shop.procurement.transitions import LEAD

_NOTE = _("No names and numbers of people here: a note stays, the contact is erased.")


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


class LeadForm(forms.Form):
    """A visit to somebody who may buy a region's goods."""

    company = forms.CharField(label=_("Firm or unit"), max_length=80)
    region = forms.ChoiceField(label=_("Goods of which region"))
    organisation = forms.CharField(
        label=_("Its code, where it is an organisation here"), max_length=40, required=False
    )
    contact_name = forms.CharField(
        label=pgettext_lazy("lead", "Contact"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    contact_phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    expected_fen = FenField(
        label=_("What may come of it, in yuan"),
        required=False,
        help_text=_("An intention: it is never counted as a sale."),
    )
    next_on = _day(_("Get in touch again on"), required=False)
    note = forms.CharField(label=_("Note"), max_length=300, required=False, help_text=_NOTE)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(place.slug, place.name_zh) for place in regions_of(scope)]

    def clean_contact_phone(self) -> str:
        """Return the number as it is stored, "" for none; refuse what is no mobile number."""
        try:
            return (
                normalise_phone(self.cleaned_data["contact_phone"])
                if self.cleaned_data["contact_phone"]
                else ""
            )
        except ShopError as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean_expected_fen(self) -> int:
        """Return the fen, 0 for an empty field."""
        return self.cleaned_data["expected_fen"] or 0


class StepForm(forms.Form):
    """What was done about a lead."""

    kind = forms.ChoiceField(label=pgettext_lazy("lead", "Step"))
    order = forms.CharField(
        label=_("Order number, where an order came of it"),
        max_length=32,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )
    expected_fen = FenField(
        label=_("What may come of it, in yuan"),
        required=False,
        help_text=_("Left empty: as before."),
    )
    next_on = _day(_("Get in touch again on"), required=False)
    note = forms.CharField(label=_("Note"), max_length=300, required=False, help_text=_NOTE)

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(LeadState.choices)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (state, names[state])
            for state in LeadState.values
            if state == lead.state or LEAD.allows(lead.state, state)
        ]
        day: dt.date | None = lead.next_on
        self.fields["next_on"].initial = day
