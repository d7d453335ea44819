"""Invoices that suppliers make out: who asked for one, and what the tax office's numbered paper says.

The record of an invoice is append-only, as the paper is: what was wrong is taken back by a credit invoice.
"""

from django.db import models
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import pgettext_lazy

from shop.ordering.models import ChargeShare, LineShare, OrderRecord, RefundRequest
from shop.suppliers.models import Supplier

NUMBER_LENGTH = 20
TAX_CODE_LENGTH = 19
#: Rates of VAT that an invoice may show, in percent.
RATES = (0, 1, 3, 5, 6, 9, 13)


def _digits(column: str) -> Exact:
    """Return the condition that a column holds digits alone; both engines take leading characters off alike."""
    rest = Func(F(column), Value("0123456789"), function="LTRIM", output_field=CharField())
    return Exact(rest, Value(""))


class RequestState(models.TextChoices):
    REQUESTED = "requested", pgettext_lazy("invoice", "To be issued")
    ISSUED = "issued", pgettext_lazy("invoice", "Issued")
    CREDITED = "credited", pgettext_lazy("invoice", "Credited in full")
    EXCHANGED = "exchanged", pgettext_lazy("invoice", "Exchanged for a new one")
    WITHDRAWN = "withdrawn", pgettext_lazy("invoice", "Withdrawn")


#: At most one of a supplier's requests of an order is in one of these.
OPEN_STATES = (RequestState.REQUESTED, RequestState.ISSUED)


class CreditReason(models.TextChoices):
    """The tax office's codes for a credit invoice."""

    WRONG = "01", pgettext_lazy("invoice", "Issued in error")
    RETURNED = "02", pgettext_lazy("invoice", "Goods returned")
    ENDED = "03", pgettext_lazy("invoice", "Service ended")
    ALLOWANCE = "04", pgettext_lazy("invoice", "Sales allowance")


#: What a refund may be credited for; an invoice in error is exchanged as a whole.
REFUND_REASONS = (CreditReason.RETURNED, CreditReason.ENDED, CreditReason.ALLOWANCE)


class InvoiceRequest(models.Model):
    """Somebody's wish for the invoice of one supplier's part of an order, and to whom it is made out.

    `asked_by` is the account that asked, null for a guest and for the wish that the order was placed with.
    """

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="invoice_requests")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="invoice_requests")
    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    tax_number = models.CharField(max_length=20, default="", blank=True)
    email = models.CharField(max_length=254, default="", blank=True)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.REQUESTED)
    asked_by = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="withdrawn, credited in full or exchanged")
    exchange_wish = models.JSONField(
        default=dict, help_text="to whom it is to be made out instead, {} for none"
    )
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="replaced_by", help_text="exchanged for it"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "supplier"],
                condition=Q(state__in=["requested", "issued"]),
                name="invoice_request_one_open",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="invoice_request_to_somebody"),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "withdrawn"], issued_at__isnull=True)
                | Q(state__in=["issued", "credited", "exchanged"], issued_at__isnull=False),
                name="invoice_request_issued_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "issued"], ended_at__isnull=True)
                | Q(state__in=["withdrawn", "credited", "exchanged"], ended_at__isnull=False),
                name="invoice_request_ended_when",
            ),
        ]
        indexes = [
            models.Index(fields=["supplier", "state", "asked_at"], name="invoice_request_to_do"),
            models.Index(fields=["state", "asked_at"], name="invoice_request_late"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"


class Invoice(models.Model):
    """A fully digital e-invoice (数电票) as its supplier wrote it down; append-only. All amounts in fen.

    A credit invoice has negative amounts, the invoice that it takes back, a reason, and the executed refund behind
    it; without a refund it takes back all that is left, because the invoice was wrong.
    """

    request = models.ForeignKey(InvoiceRequest, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=20, unique=True)
    issued_on = models.DateField()
    gross_fen = models.BigIntegerField()
    ex_tax_fen = models.BigIntegerField()
    tax_fen = models.BigIntegerField()
    credits = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="credited_by")
    reason_code = models.CharField(max_length=2, choices=CreditReason.choices, default="", blank=True)
    refund = models.ForeignKey(
        RefundRequest, on_delete=models.PROTECT, null=True, related_name="credit_invoices"
    )
    recorded_by = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Exact(Length("number"), NUMBER_LENGTH), name="invoice_number_length"
            ),
            models.CheckConstraint(condition=_digits("number"), name="invoice_number_digits"),
            models.CheckConstraint(
                condition=Q(gross_fen=F("ex_tax_fen") + F("tax_fen")), name="invoice_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(credits__isnull=True, reason_code="", refund__isnull=True, gross_fen__gt=0)
                | Q(credits__isnull=False, reason_code="01", refund__isnull=True, gross_fen__lt=0)
                | Q(
                    credits__isnull=False,
                    reason_code__in=["02", "03", "04"],
                    refund__isnull=False,
                    gross_fen__lt=0,
                ),
                name="invoice_credit_has_its_reason",
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(credits__isnull=True), name="invoice_one_of_request"
            ),
            models.UniqueConstraint(
                fields=["credits", "refund"],
                condition=Q(refund__isnull=False),
                name="invoice_credit_once_of_refund",
            ),
        ]
        indexes = [models.Index(fields=["-issued_on", "-id"], name="invoice_newest")]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """A line of an invoice: goods of one share of the order, or the freight; append-only. Amounts in fen."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    share = models.ForeignKey(LineShare, on_delete=models.PROTECT, null=True, related_name="invoice_lines")
    charge = models.ForeignKey(ChargeShare, on_delete=models.PROTECT, null=True, related_name="invoice_lines")
    name = models.CharField(max_length=200)
    spec = models.CharField(max_length=80, default="", blank=True)
    unit = models.CharField(max_length=20, default="", blank=True)
    units = models.IntegerField(help_text="0 where money goes back and the goods stay")
    gross_fen = models.BigIntegerField()
    rate_percent = models.PositiveSmallIntegerField()
    ex_tax_fen = models.BigIntegerField()
    tax_fen = models.BigIntegerField()
    tax_code = models.CharField(max_length=19)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position"),
            models.CheckConstraint(
                condition=Q(gross_fen=F("ex_tax_fen") + F("tax_fen")) & ~Q(gross_fen=0),
                name="invoice_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(gross_fen__gt=0, tax_fen__gte=0, units__gt=0)
                | Q(gross_fen__lt=0, tax_fen__lte=0, units__lte=0),
                name="invoice_line_one_sign",
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) ^ Q(charge__isnull=True), name="invoice_line_of_one_thing"
            ),
            models.CheckConstraint(
                condition=Exact(Length("tax_code"), TAX_CODE_LENGTH), name="invoice_line_tax_code"
            ),
            models.CheckConstraint(condition=_digits("tax_code"), name="invoice_line_tax_code_digits"),
            models.CheckConstraint(condition=Q(rate_percent__in=RATES), name="invoice_line_known_rate"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position}: {self.gross_fen}"
