"""What suppliers and buyers type about invoices."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.core.fen import from_yuan, to_yuan
from shop.core.forms import AmountField
from shop.files.forms import InvoiceField
from shop.invoicing.goods import GoodsLine
from shop.invoicing.models import RATES, REFUND_REASONS, CreditReason
from shop.invoicing.reading import ReadInvoice, fitted
from shop.invoicing.recording import WrittenLine
from shop.ordering.forms import ask_kindly
from shop.ordering.invoices import EMAIL_LENGTH, TITLE_LENGTH, InvoiceWish
from shop.ordering.models import RefundRequest

#: More lines than anybody types, and than one form may send; beyond it they are taken from the XML file.
MOST_TYPED = 200
#: As large as a row's number can be.
MOST_KEY = 2**63 - 1


class WishForm(forms.Form):
    """To whom an invoice is made out."""

    invoice_title = forms.CharField(
        label=_("Invoice made out to"),
        max_length=TITLE_LENGTH,
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    invoice_tax_number = forms.CharField(
        label=_("Tax number"),
        max_length=30,
        required=False,
        help_text=_("A company or unit needs it; a person leaves it empty."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )
    invoice_email = forms.EmailField(
        label=_("E-mail for the invoice"), max_length=EMAIL_LENGTH, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_kindly(self)

    def wish(self) -> InvoiceWish:
        """Return what was typed, from a valid form."""
        data = self.cleaned_data
        return InvoiceWish(data["invoice_title"], data["invoice_tax_number"], data["invoice_email"])


class FileForm(forms.Form):
    """The invoice's own file."""

    file = InvoiceField(
        label=_("File of the invoice"),
        help_text=_("PDF, OFD or XML, 10 MB at the most. The XML file fills in number, day and lines."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "file_%s"} | kwargs)
        ask_kindly(self)


class PaperForm(forms.Form):
    """Number and day of an invoice or credit invoice."""

    number = forms.CharField(
        label=pgettext_lazy("invoice", "Invoice number"),
        max_length=40,
        help_text=_("20 digits, as printed."),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    issued_on = forms.DateField(label=_("Day of issue"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_kindly(self)


class RecordForm(PaperForm):
    """An issued invoice with the sum, rate and tax code of every line of the goods."""

    def __init__(self, *args: Any, goods: Sequence[GoodsLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.goods = goods
        self.is_typed = len(goods) <= MOST_TYPED
        for one in goods if self.is_typed else ():
            self.fields[f"gross-{one.key}"] = AmountField(
                label=pgettext_lazy("invoice", "Sum with tax"), initial=to_yuan(one.gross_fen)
            )
            self.fields[f"rate-{one.key}"] = forms.TypedChoiceField(
                label=_("Tax rate"),
                coerce=int,
                choices=[(rate, f"{rate} %") for rate in RATES],
                initial=one.rate_percent,
            )
            self.fields[f"code-{one.key}"] = forms.CharField(
                label=_("Tax code"),
                max_length=19,
                initial=one.tax_code,
                widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
            )
        ask_kindly(self)

    def rows(self) -> list[dict[str, Any]]:
        """Return each line of the goods with its bound fields, for the template."""
        if not self.is_typed:
            return [{"line": one} for one in self.goods]
        names = ("gross", "rate", "code")
        return [{"line": one} | {name: self[f"{name}-{one.key}"] for name in names} for one in self.goods]

    def lines(self, read: ReadInvoice | None) -> list[WrittenLine]:
        """Return what the invoice says, from a valid form; of many lines what its file says."""
        data = self.cleaned_data
        if self.is_typed:
            return [
                WrittenLine(
                    one.key,
                    from_yuan(data[f"gross-{one.key}"]),
                    data[f"rate-{one.key}"],
                    data[f"code-{one.key}"].strip(),
                )
                for one in self.goods
            ]
        found = fitted(self.goods, read.lines) if read else {}
        return [
            WrittenLine(
                key,
                line.gross_fen,
                -1 if line.rate_percent is None else line.rate_percent,
                line.tax_code,
            )
            for key, line in found.items()
        ]


class CreditForm(PaperForm):
    """A credit invoice of a refund."""

    refund = forms.IntegerField(label=_("Refund"), min_value=1, max_value=MOST_KEY)
    reason_code = forms.ChoiceField(
        label=pgettext_lazy("invoice", "Reason"),
        choices=[(code.value, code.label) for code in CreditReason if code in REFUND_REASONS],
    )
    field_order = ("refund", "reason_code", "number", "issued_on")

    def __init__(self, *args: Any, refunds: Sequence[tuple[RefundRequest, str]], **kwargs: Any) -> None:
        super().__init__(*args, auto_id="credit_%s", **kwargs)
        # What is not to be chosen any more - a second press - is answered by the service, in words.
        self.fields["refund"].widget = forms.Select(choices=[(refund.pk, text) for refund, text in refunds])
        ask_kindly(self)


class ExchangeForm(PaperForm):
    """A credit invoice of all that is left."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="exchange_%s", **kwargs)


def initial_of(read: ReadInvoice | None, goods: Sequence[GoodsLine], today: dt.date) -> Mapping[str, Any]:
    """Return what an XML file fills into RecordForm; of goods about which it says nothing the form's own stands."""
    initial: dict[str, Any] = {"issued_on": today}
    if read is None:
        return initial
    initial |= {"number": read.number, "issued_on": read.issued_on or today}
    for key, line in fitted(goods, read.lines).items():
        if line.gross_fen > 0:
            initial[f"gross-{key}"] = to_yuan(line.gross_fen)
        if line.rate_percent in RATES:
            initial[f"rate-{key}"] = line.rate_percent
        if line.tax_code:
            initial[f"code-{key}"] = line.tax_code
    return initial
