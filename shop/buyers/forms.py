"""What staff type about organisations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.accounts.phones import normalise_phone
from shop.buyers.models import BuyerKind, MemberRole
from shop.core import clock
from shop.core.cells import read_fen
from shop.core.exceptions import ShopError


class OrganisationForm(forms.Form):
    """A new organisation, as its papers say."""

    name = forms.CharField(label=_("Name as on the certificate"), max_length=80)
    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        help_text=_("Stands in addresses and reports and never changes: un-012"),
    )
    kind = forms.ChoiceField(label=_("Kind of organisation"), choices=BuyerKind.choices)
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=30,
        required=False,
        help_text=_("18 characters; only a demonstration may do without."),
    )
    of_district = forms.BooleanField(
        label=_("An organisation of the district: its purchases are direct"), required=False, initial=True
    )


class MemberForm(forms.Form):
    """Who acts for it: known by mobile number, written down if new."""

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Full name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=MemberRole.choices)

    def clean_phone(self) -> str:
        """Return the number as it is stored; refuse what is no mobile number."""
        try:
            return normalise_phone(self.cleaned_data["phone"])
        except ShopError as refused:
            raise forms.ValidationError(str(refused)) from refused


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


class TermsForm(forms.Form):
    """Payment after acceptance: from when, how long, how much."""

    starts_on = _day(_("First day"), initial=clock.today)
    ends_on = _day(_("Last day"), required=False)
    days_after_acceptance = forms.IntegerField(
        label=_("Days to pay after acceptance"), min_value=0, max_value=365, initial=30
    )
    limit_fen = forms.CharField(
        label=_("Limit of unpaid orders in yuan"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_limit_fen(self) -> int:
        """Return the limit in fen."""
        try:
            return read_fen(self.cleaned_data["limit_fen"])
        except ShopError as refused:
            raise forms.ValidationError(str(refused)) from refused


class SuspendForm(forms.Form):
    """Why an organisation may not order for now."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
