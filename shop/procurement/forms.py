"""What a unit's members type."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.accounts.phones import shown_phone
from shop.core.fen import shown_yuan
from shop.ordering.forms import RecipientForm
from shop.procurement.budget_models import FestivalPlan
from shop.procurement.invoices import InvoiceWish
from shop.procurement.models import PayBy, PurchaseRequest
from shop.procurement.uploads import MAX_BYTES


class UploadForm(forms.Form):
    """A file, or lines pasted from one."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Pasted lines"),
        required=False,
        max_length=300_000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "WC-TEA-001  60\nLQ-FUN-010  150"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse neither, both, and a file that is too large before any of it is read."""
        data = super().clean() or {}
        if self.errors:
            return data
        if bool(data.get("file")) == bool((data.get("text") or "").strip()):
            raise forms.ValidationError(_("Choose a file or paste lines, one of the two."))
        if data.get("file") and data["file"].size > MAX_BYTES:
            self.add_error("file", _("The file is larger than 2 MB."))
        return data


class AddForm(forms.Form):
    """One SKU and its quantity, typed."""

    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    quantity = forms.CharField(
        label=gettext_lazy("Quantity"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class DeliveryForm(RecipientForm):
    """Recipient, address, what the purchase is for, how it is paid, and its invoice."""

    purpose = forms.CharField(
        label=gettext_lazy("What the purchase is for"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Mid-autumn gifts for the members")}),
    )
    plan = forms.TypedChoiceField(
        label=gettext_lazy("For which plan"), coerce=int, empty_value=None, required=False
    )
    message = forms.CharField(label=gettext_lazy("Message to the suppliers"), max_length=100, required=False)
    invoice_title = forms.CharField(
        label=gettext_lazy("Invoice made out to"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Leave it empty if no invoice is needed."),
    )
    invoice_tax_number = forms.CharField(
        label=gettext_lazy("Tax number"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    invoice_email = forms.EmailField(
        label=gettext_lazy("E-mail for the electronic invoice"), max_length=254, required=False
    )
    pay_by = forms.ChoiceField(
        label=gettext_lazy("How it is paid"),
        choices=PayBy.choices,
        widget=forms.RadioSelect(attrs={"class": "tick"}),
        error_messages={"invalid_choice": gettext_lazy("This way of paying is not open to your unit now.")},
    )

    def __init__(
        self,
        *args: Any,
        request: PurchaseRequest,
        ways: Collection[str],
        plans: Sequence[FestivalPlan] = (),
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {
            "plan": request.plan_id or "",
            "purpose": request.purpose,
            "recipient_name": request.recipient_name,
            "phone": shown_phone(request.recipient_phone) if request.recipient_phone else "",
            "province": request.province,
            "city": request.city,
            "county": request.county,
            "street": request.street,
            "message": request.message,
            "invoice_title": request.invoice_title,
            "invoice_tax_number": request.invoice_tax_number,
            "invoice_email": request.invoice_email,
            "pay_by": request.pay_by if request.pay_by in ways else PayBy.TRANSFER.value,
        }
        super().__init__(*args, **kwargs)
        field = self.fields["pay_by"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [choice for choice in PayBy.choices if choice[0] in ways]
        of_plan = self.fields["plan"]
        assert isinstance(of_plan, forms.ChoiceField)
        of_plan.choices = [
            ("", _("No festival: daily needs")),
            *((plan.pk, plan_label(plan)) for plan in plans),
        ]

    def invoice(self) -> InvoiceWish:
        """Return to whom the invoice is made out, from a valid form."""
        data = self.cleaned_data
        return InvoiceWish(data["invoice_title"], data["invoice_tax_number"], data["invoice_email"])


def plan_label(plan: FestivalPlan) -> str:
    """Return how a plan is named where one is chosen: with its people and the sum a head."""
    text = _("%(plan)s · %(people)d people × ¥%(fen)s")
    return text % {"plan": plan, "people": plan.headcount, "fen": shown_yuan(plan.per_head_fen)}


class DecisionForm(forms.Form):
    """Yes or no, with a note; a no needs one. `seen` is the digest of what the approver looked at."""

    decision = forms.ChoiceField(choices=[("approve", "approve"), ("reject", "reject")])
    seen = forms.CharField(max_length=64, required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)
