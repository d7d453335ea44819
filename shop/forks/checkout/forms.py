"""The one form of the checkout."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.gateways import services as gateways
from shop.ordering.exceptions import InvoiceRefused
from shop.ordering.forms import RecipientForm, ask_kindly
from shop.ordering.invoices import EMAIL_LENGTH, TITLE_LENGTH, InvoiceKind, InvoiceWish, checked_wish
from shop.ordering.status import PayMethod

MESSAGE_LENGTH = 100
INVOICE_FIELDS = ("invoice_title", "invoice_tax_number", "invoice_email")


class CheckoutForm(RecipientForm):
    """Recipient, address, invoice, way of paying and consent. `basket`, `digest`, `seen` say what was on the page."""

    keep_address = forms.BooleanField(label=gettext_lazy("Keep this address"), required=False)
    invoice_kind = forms.ChoiceField(
        label=gettext_lazy("Invoice"),
        choices=InvoiceKind.choices,
        widget=forms.RadioSelect({"class": "tick"}),
        initial=InvoiceKind.NONE,
        required=False,
    )
    invoice_title = forms.CharField(
        label=gettext_lazy("Invoice made out to"),
        max_length=TITLE_LENGTH,
        required=False,
        help_text=gettext_lazy("A person's name, or the name of the company or unit."),
    )
    invoice_tax_number = forms.CharField(
        label=gettext_lazy("Tax number"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=gettext_lazy("For companies and units only: 15, 18 or 20 characters."),
    )
    invoice_email = forms.EmailField(
        label=gettext_lazy("E-mail for the electronic invoice"), max_length=EMAIL_LENGTH, required=False
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Way of paying"), choices=(), widget=forms.RadioSelect({"class": "tick"})
    )
    consent = forms.BooleanField(
        label=gettext_lazy("I accept the terms"),
        error_messages={"required": gettext_lazy("Please read and accept the terms, then place the order.")},
    )
    basket = forms.CharField(widget=forms.HiddenInput, required=False)
    digest = forms.CharField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, address_is_gone: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address_is_gone = address_is_gone
        self.wish = InvoiceWish()
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)
        method.choices = pay_methods()
        method.initial = method.choices[0][0] if method.choices else None
        # Who chooses an invoice has to give a title.
        self.fields["invoice_title"].needed_later = True  # type: ignore[attr-defined]
        ask_kindly(self)

    def clean(self) -> dict[str, Any]:
        """Refuse an invoice that cannot be made out, and an address that was chosen and is no longer kept."""
        data = super().clean()
        if self.address_is_gone:
            self.add_error(
                None, _("You no longer keep the address that you chose. Please choose another one.")
            )
        if not any(name in self.errors for name in ("invoice_kind", *INVOICE_FIELDS)):
            self._clean_invoice(data)
        return data

    def _clean_invoice(self, data: dict[str, Any]) -> None:
        wish = InvoiceWish(*(data[name] for name in INVOICE_FIELDS))
        kind = data["invoice_kind"] or InvoiceKind.NONE
        if kind == InvoiceKind.NONE:
            if any(data[name] for name in INVOICE_FIELDS):
                text = _("Please choose for whom the invoice is, or empty its three fields.")
                self.add_error("invoice_kind", text)
            return
        if not wish.title.strip():
            self.add_error("invoice_title", _("Please write to whom the invoice is made out."))
            return
        if kind == InvoiceKind.PERSONAL and wish.tax_number.strip():
            text = _(
                "A person's invoice has no tax number. Please empty this field, or choose a company or unit."
            )
            self.add_error("invoice_tax_number", text)
            return
        try:
            self.wish = checked_wish(wish, needs_tax_number=kind == InvoiceKind.COMPANY)
        except InvoiceRefused as refused:
            self.add_error(refused.field, str(refused))


def pay_methods() -> list[tuple[str, Any]]:
    """Return the ways of paying that are set up for orders placed now: play money only for a demonstration's."""
    names = gateways.methods_for_new_orders(demo=settings.SHOP_DEMO)
    return [(name, PayMethod(name).label) for name in names]
