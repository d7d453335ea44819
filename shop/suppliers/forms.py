"""What applicants and suppliers type."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.files.forms import DocumentField
from shop.regions.models import PartnerRegion
from shop.suppliers.admission_models import DocumentKind, LinkForm, SupplierApplication, SupplierKind
from shop.suppliers.completeness import REQUIRED_FIELDS
from shop.suppliers.services import ApplicationDraft, IdentityDraft, PaperDraft


def _text(label: Any, most: int, help_text: Any = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=False, help_text=help_text, widget=forms.TextInput(attrs=attrs)
    )


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, help_text=help_text, widget=widget)


class ApplicationForm(forms.Form):
    """Everything that an application says; a draft may lack anything."""

    #: A draft is saved with gaps, so the browser must not object to them.
    use_required_attribute = False

    company_name = _text(_("Company"), 80, _("As on the business licence."), autocomplete="organization")
    credit_code = _text(
        _("Unified social credit code"),
        30,
        _("18 characters."),
        autocomplete="off",
        autocapitalize="characters",
    )
    kind = forms.ChoiceField(
        label=_("Kind of company"), required=False, choices=[("", "—"), *SupplierKind.choices]
    )
    region = forms.ChoiceField(label=_("Region"), required=False)
    township_zh = _text(_("Township"), 40, _("Where you grow or produce, not where you are registered."))
    contact_name = _text(_("Contact person"), 60, autocomplete="name")
    contact_phone = _text(
        _("Mobile number"),
        32,
        _("The first login of the supplier goes to this number."),
        type="tel",
        inputmode="tel",
        autocomplete="tel",
    )
    contact_email = _text(_("E-mail"), 254, type="email", autocomplete="email")
    bank_account_name = _text(_("Account holder"), 80, _("The company itself."), autocomplete="off")
    bank_name = _text(_("Bank"), 80, _("With its branch."), autocomplete="off")
    bank_account_number = _text(_("Account number"), 40, inputmode="numeric", autocomplete="off")
    products = forms.CharField(
        label=_("Goods"),
        required=False,
        max_length=2000,
        help_text=_("One product a line, with its pack: black fungus, 250 g a bag."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    link_form = forms.ChoiceField(
        label=_("How farmers take part"), required=False, choices=[("", "—"), *LinkForm.choices]
    )
    households = forms.IntegerField(label=_("Households that take part"), required=False, min_value=0)
    people = forms.IntegerField(label=_("People that take part"), required=False, min_value=0)
    link_note = forms.CharField(
        label=_("What they get from it"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = PartnerRegion.objects.values_list("slug", "name_zh")
        choices = [("", "—"), *regions]
        region = self.fields["region"]
        assert isinstance(region, forms.ChoiceField)
        region.choices = choices
        self._ask_for_all()

    def full_clean(self) -> None:
        """Clean what was typed; what is missing is said when the application is handed in."""
        for field in self.fields.values():
            field.required = False
        super().full_clean()
        self._ask_for_all()

    def _ask_for_all(self) -> None:
        """Let the page say which fields may stay empty for good."""
        for name in REQUIRED_FIELDS:
            self.fields[name].required = True

    def draft(self) -> ApplicationDraft:
        """Return what was typed, for the service."""
        return ApplicationDraft(**self.cleaned_data)


def typed(application: SupplierApplication) -> dict[str, Any]:
    """Return what the application says, to start the form with."""
    names = ApplicationDraft.__dataclass_fields__
    values = {name: getattr(application, name) for name in names}
    return values | {"region": application.region.slug if application.region else ""}


class PaperForm(forms.Form):
    """A paper: what it is, its number and dates, and a photo or PDF of it."""

    kind = forms.ChoiceField(label=_("Kind of paper"), choices=DocumentKind.choices)
    number = _text(_("Number on the paper"), 60, autocomplete="off")
    issued_on = _day(_("Issued on"))
    expires_on = _day(_("Last day"), _("Leave it empty for a paper without an end."))
    file = DocumentField(label=_("Photo or PDF"))

    def paper(self) -> PaperDraft:
        """Return what was typed, for the service."""
        return PaperDraft(
            kind=self.cleaned_data["kind"],
            number=self.cleaned_data["number"],
            issued_on=self.cleaned_data["issued_on"],
            expires_on=self.cleaned_data["expires_on"],
        )


class PaperForSupplierForm(PaperForm):
    """A paper that staff store for a supplier, and how it reached them."""

    reason = forms.CharField(
        label=_("How it reached the shop"),
        max_length=200,
        help_text=_("The supplier and whoever checks the paper read it."),
    )


class IdentityForm(forms.Form):
    """Who a supplier is, as its licence says."""

    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=30,
        help_text=_("18 characters."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    legal_person = _text(_("Legal person"), 60, autocomplete="off")
    address = _text(_("Registered address"), 120, autocomplete="off")
    phone = _text(_("Telephone"), 20, type="tel", inputmode="tel", autocomplete="off")

    def identity(self) -> IdentityDraft:
        """Return what was typed, for the service."""
        return IdentityDraft(**self.cleaned_data)
