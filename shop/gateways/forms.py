"""What people type on the pages of the gateways."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core.fen import from_yuan
from shop.core.forms import AmountField
from shop.gateways.services import MethodOption


class PayForm(forms.Form):
    """Which way to pay."""

    method = forms.ChoiceField(
        label=_("Way of paying"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a way of paying.")},
    )

    def __init__(self, *args: Any, options: list[MethodOption], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["method"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(option.code, option.label) for option in options]


class TransferForm(forms.Form):
    """A line of the bank statement."""

    reference = forms.CharField(
        label=_("Transfer code"),
        max_length=40,
        required=False,
        help_text=_("8 letters and digits from the remark. Leave it empty when the remark has none."),
    )
    bank_serial = forms.CharField(label=_("Serial number of the bank line"), max_length=40)
    booked_on = forms.DateField(
        label=_("Booking day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    amount = AmountField(label=_("Amount in yuan"))
    payer = forms.CharField(label=_("Payer's account name"), max_length=80)

    def fen(self) -> int:
        """Return the typed amount in fen; call it on a valid form."""
        return from_yuan(self.cleaned_data["amount"])


class PayoutForm(forms.Form):
    """The bank line of a transfer back."""

    bank_serial = forms.CharField(label=_("Serial number of the bank line"), max_length=40)
    sent_on = forms.DateField(label=_("Booking day"), required=False)
    payee_account = forms.CharField(label=_("Account it went to"), max_length=40, required=False)
