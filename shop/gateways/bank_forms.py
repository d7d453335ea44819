"""What people type on the pages of bank statements."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core.tabular import MAX_BYTES
from shop.gateways.bank_models import BankAccount, Direction
from shop.gateways.bank_selectors import SHOWN_STATES, LineFilters

STATE_NAMES = {
    "new": _("Being matched"),
    "matched": _("Matched"),
    "unapplied": _("Not applied"),
    "evidence": _("Evidence"),
    "executed": _("Refund executed"),
    "payout": _("Paid to a supplier"),
    "ignored": _("Not a buyer's money"),
    "difference": _("Difference"),
}


class UploadForm(forms.Form):
    """A statement of one of our accounts."""

    account = forms.ModelChoiceField(
        label=_("Our account"), queryset=BankAccount.objects.none(), empty_label=None
    )
    file = forms.FileField(
        label=_("Statement file"),
        help_text=_(
            "CSV or XLSX, up to 10 MB and 50,000 rows. Nothing counts before another person confirms it."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = accounts

    def clean_file(self) -> Any:
        """Refuse a file before it is read into memory."""
        file = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return file


def _column(label: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, max_length=40, required=required)


class AccountForm(forms.Form):
    """An account of ours and what its bank calls the columns."""

    name = forms.CharField(label=_("Account holder"), max_length=80)
    number = forms.CharField(label=_("Account number"), max_length=40)
    bank = forms.CharField(label=_("Bank"), max_length=80, required=False)
    not_buyers = forms.CharField(
        label=_("Payers whose money is never a buyer's"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One name on a line: payment services that pay out, accounts of our own."),
    )
    booked_on = _column(_("Column of the booking day"))
    serial = _column(_("Column of the serial number"))
    amount = forms.CharField(
        label=_("Column of the amount"),
        max_length=40,
        required=False,
        help_text=_("Or the two columns below, when the bank writes money received and sent apart."),
    )
    direction = forms.CharField(
        label=_("Column of the mark of debit or credit"),
        max_length=40,
        required=False,
        help_text=_(
            "Only when the amounts have no sign: 借/贷, 收/支 or D/C says whether money came or left."
        ),
    )
    amount_in = _column(_("Column of money received"), required=False)
    amount_out = _column(_("Column of money sent"), required=False)
    payer = _column(_("Column of the other side's name"))
    payer_account = _column(_("Column of the other side's account"), required=False)
    purpose = _column(_("Column of the remark"))


class LineFilterForm(forms.Form):
    """Which lines to show; what cannot be read is left out."""

    query = forms.CharField(label=_("Serial, name or remark"), required=False, max_length=60)
    account = forms.ModelChoiceField(
        label=_("Our account"),
        queryset=BankAccount.objects.none(),
        required=False,
        empty_label=_("All accounts"),
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All states")), *((state, STATE_NAMES[state]) for state in SHOWN_STATES)],
    )
    direction = forms.ChoiceField(
        label=_("Direction"), required=False, choices=[("", _("Both directions")), *Direction.choices]
    )
    since = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    file = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = accounts

    def filters(self) -> LineFilters:
        """Return the filters of the fields that could be read."""
        self.full_clean()
        data = self.cleaned_data
        account = data.get("account")
        return LineFilters(
            account_id=account.pk if account else None,
            file_id=data.get("file"),
            state=data.get("state", ""),
            direction=data.get("direction", ""),
            since=data.get("since"),
            until=data.get("until"),
            query=data.get("query", ""),
        )
