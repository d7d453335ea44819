"""What staff type about organisations, and what the people who act for one do."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.accounts.phones import normalise_phone
from shop.buyers.models import BuyerKind, MemberRole
from shop.buyers.paper_models import PaperKind
from shop.buyers.services import InvoiceData, PaperDraft
from shop.core import clock
from shop.core.cells import read_fen
from shop.core.exceptions import ShopError
from shop.files.forms import DocumentField


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


class OwnUnitForm(OrganisationForm):
    """A unit that a person writes down for themselves: its code is the shop's, and what it counts as follows."""

    code = None  # type: ignore[assignment]  # how Django takes a field out
    of_district = None  # type: ignore[assignment]


class InviteForm(forms.Form):
    """Who is to act for the unit, and as what."""

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=MemberRole.choices)

    def clean_phone(self) -> str:
        """Return the number as it is stored; refuse what is no mobile number."""
        try:
            return normalise_phone(self.cleaned_data["phone"])
        except ShopError as refused:
            raise forms.ValidationError(str(refused)) from refused


class MemberForm(InviteForm):
    """Who acts for it: known by mobile number, written down if new."""

    name = forms.CharField(
        label=_("Full name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field_order = ("phone", "name", "role")


class RolesForm(forms.Form):
    """As what a member acts for the unit; nothing chosen: no more."""

    user = forms.IntegerField(min_value=1, max_value=2**31, widget=forms.HiddenInput)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=MemberRole.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


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


class PaperForm(forms.Form):
    """A paper: what it is, its number and dates, and a photo or PDF of it."""

    kind = forms.ChoiceField(label=_("Kind of paper"), choices=PaperKind.choices)
    number = forms.CharField(
        label=_("Number on the paper"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    issued_on = _day(_("Issued on"), required=False)
    expires_on = _day(
        _("Last day"), required=False, help_text=_("Leave it empty for a paper without an end.")
    )
    file = DocumentField(label=_("Photo or PDF"))

    def paper(self) -> PaperDraft:
        """Return what was typed, for the service."""
        data = self.cleaned_data
        return PaperDraft(
            kind=data["kind"],
            number=data["number"],
            issued_on=data["issued_on"],
            expires_on=data["expires_on"],
        )


class ParentForm(forms.Form):
    """Under which organisation this one stands."""

    parent = forms.CharField(
        label=_("Code of the unit above"),
        max_length=40,
        required=False,
        help_text=_("Leave it empty for a unit of its own."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _line(label: Any, most: int, help_text: Any = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=False, help_text=help_text, widget=forms.TextInput(attrs=attrs)
    )


class InvoiceForm(forms.Form):
    """What the unit's invoices say of it."""

    title = forms.CharField(
        label=_("Invoice title"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    tax_number = _line(
        _("Tax number"),
        30,
        _("The unified social credit code, 18 characters."),
        autocomplete="off",
        autocapitalize="characters",
    )
    address = _line(_("Registered address"), 120, autocomplete="off")
    phone = _line(_("Telephone"), 20, type="tel", inputmode="tel", autocomplete="off")
    bank = _line(_("Bank"), 80, _("With its branch."), autocomplete="off")
    account = _line(_("Account number"), 40, inputmode="numeric", autocomplete="off")
    email = _line(_("E-mail for invoices"), 254, type="email", inputmode="email", autocomplete="email")

    def invoice_data(self) -> InvoiceData:
        """Return what was typed, for the service."""
        return InvoiceData(**self.cleaned_data)
