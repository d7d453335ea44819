"""What people type on the pages of channel bills, payers' names and payees."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.buyers.models import Organisation
from shop.core.tabular import MAX_BYTES
from shop.gateways.bill_models import BillChannel


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class BillForm(forms.Form):
    """A channel's bill of one day."""

    provider = forms.ChoiceField(label=_("Payment channel"), choices=BillChannel.choices)
    day = forms.DateField(label=_("Day of the bill"), widget=_day())
    file = forms.FileField(
        label=_("Bill file"),
        help_text=_("The csv of all trades of the day as the channel gives it, up to 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def clean_file(self) -> Any:
        """Refuse a file before it is read into memory."""
        file = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return file


class FeeForm(forms.Form):
    """What a channel takes of a payment."""

    provider = forms.ChoiceField(label=_("Payment channel"), choices=BillChannel.choices)
    starts_on = forms.DateField(label=_("From this day on"), widget=_day())
    percent = forms.DecimalField(
        label=_("Fee in percent"),
        min_value=Decimal(0),
        max_value=Decimal(99),
        max_digits=6,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    def millionths(self) -> int:
        """Return the fee in millionths of the sum; call it on a valid form."""
        return int(self.cleaned_data["percent"] * 10_000)


class PayerNameForm(forms.Form):
    """Another name under which a unit pays, or an account that it pays from."""

    organisation = forms.ModelChoiceField(
        label=_("Unit"), queryset=Organisation.objects.none(), empty_label=None
    )
    name = forms.CharField(
        label=_("Name of the paying account"),
        max_length=80,
        required=False,
        help_text=_("As it stands on the bank statement: a finance office, the unit above."),
    )

    account = forms.CharField(
        label=_("Number of the paying account"),
        max_length=40,
        required=False,
        help_text=_("Transfers from this account are the unit's, whatever name stands beside it."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Organisation.objects.order_by("name")


class MoveForm(forms.Form):
    """Surplus for another order of the same payer."""

    order_number = forms.CharField(max_length=32)
    reason = forms.CharField(max_length=200)


class PayeeForm(forms.Form):
    """Another payee of a transfer back."""

    payee = forms.CharField(max_length=80)
    payee_account = forms.CharField(max_length=40)
    reason = forms.CharField(max_length=200)
