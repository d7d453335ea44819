"""What a unit asks for, what came of it, and what it accepted: every step by a named person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from oscar.apps.basket.models import Basket
from oscar.apps.catalogue.models import Product
from oscar.apps.order.models import Line

from shop.buyers.models import Organisation
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord
from shop.procurement import budget_models, lead_models, price_models, roster_models, saved_models
from shop.procurement.approval_models import Approval, ApprovalRule, ApprovalStep
from shop.procurement.contract_models import Contract
from shop.procurement.quote_models import GatheredQuote, QuoteRule
from shop.procurement.rule_models import ContractRule, PriceBand, ReferencePrice

__all__ = [
    "AcceptanceLine",
    "AcceptanceReport",
    "Approval",
    "ApprovalRule",
    "ApprovalStep",
    "Contract",
    "ContractRule",
    "GatheredQuote",
    "PayBy",
    "PriceBand",
    "PurchaseRequest",
    "QuoteRule",
    "ReferencePrice",
    "ReportState",
    "RequestLine",
    "RequestState",
    "UploadFile",
]

#: What a unit's spending is held to, what is negotiated, which prices are asked, who gets the goods and what is bought
#: again stand in modules of their own.
MORE_MODELS = (budget_models, lead_models, price_models, roster_models, saved_models)


class RequestState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waiting for approval")
    PLACED = "placed", _("Ordered")
    REJECTED = "rejected", pgettext_lazy("a purchase request", "Rejected")
    CANCELLED = "cancelled", _("Withdrawn")


class PayBy(models.TextChoices):
    TRANSFER = "transfer", _("Bank transfer before shipping")
    ONLINE = "online", _("Online before shipping")
    TERMS = "terms", _("After acceptance, on approved terms")


class PurchaseRequest(models.Model):
    """A unit's wish to buy: drafted and submitted by its buyer, decided by somebody else.

    The draft's goods are the lines of `basket`, which the order is placed from; `lines` is what was submitted.
    `changes` names what had changed when an approval was tried and the request went back to its buyer.
    """

    number = models.CharField(max_length=24, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="requests")
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.DRAFT)
    purpose = models.CharField(max_length=60, default="", blank=True)
    plan = models.ForeignKey(
        budget_models.FestivalPlan, on_delete=models.PROTECT, null=True, related_name="requests"
    )
    basket = models.OneToOneField(Basket, on_delete=models.PROTECT, related_name="purchase_request")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=200, default="", blank=True)
    changes = models.JSONField(default=list, blank=True)
    pay_by = models.CharField(max_length=10, choices=PayBy.choices, default=PayBy.TRANSFER)
    recipient_name = models.CharField(max_length=60, default="", blank=True)
    recipient_phone = models.CharField(max_length=20, default="", blank=True)
    province = models.CharField(max_length=20, default="", blank=True)
    city = models.CharField(max_length=40, default="", blank=True)
    county = models.CharField(max_length=40, default="", blank=True)
    street = models.CharField(max_length=200, default="", blank=True)
    message = models.CharField(max_length=100, default="", blank=True)
    invoice_title = models.CharField(
        max_length=80, default="", blank=True, help_text="to whom it is made out; empty: none is wanted"
    )
    invoice_tax_number = models.CharField(max_length=18, default="", blank=True)
    invoice_email = models.CharField(max_length=254, default="", blank=True)
    goods_fen = models.BigIntegerField(default=0, help_text="as submitted")
    freight_fen = models.BigIntegerField(default=0, help_text="as submitted")
    digest = models.CharField(max_length=64, default="", blank=True, help_text="of the quote as submitted")
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="replaced_by",
        help_text="its order was called off",
    )
    round = models.PositiveSmallIntegerField(default=0, help_text="how often it was submitted")
    chain = models.JSONField(
        default=list, blank=True, help_text="the steps of its approval as submitted; empty: one approver"
    )
    record = models.OneToOneField(
        OrderRecord, on_delete=models.PROTECT, null=True, related_name="purchase_request"
    )
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("submitted_by")),
                name="request_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="placed", record__isnull=False)
                | (~Q(state="placed") & Q(record__isnull=True)),
                name="request_placed_has_order",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "placed", "rejected"])
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                name="request_submitted_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["placed", "rejected"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="request_decided_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state", "-created_at"], name="request_desk")]

    def __str__(self) -> str:
        return self.number

    @property
    def total_fen(self) -> int:
        """Return goods and freight as submitted."""
        return self.goods_fen + self.freight_fen


class RequestLine(models.Model):
    """A line as it was submitted: what the approver agrees to."""

    request = models.ForeignKey(PurchaseRequest, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="request_lines")
    sku = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField()
    unit_fen = models.BigIntegerField()
    line_fen = models.BigIntegerField()
    gap_reason = models.CharField(
        max_length=200, default="", blank=True, help_text="the buyer's, where the price lies above the band"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "product"], name="request_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(line_fen=F("unit_fen") * F("quantity")),
                name="request_line_adds_up",
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.sku} × {self.quantity}"


class UploadFile(models.Model):
    """An uploaded or pasted list: its rows as they were read, checked again at every look, applied once."""

    request = models.ForeignKey(PurchaseRequest, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    columns = models.JSONField(default=dict, help_text="what the file calls its columns")
    rows = models.JSONField(help_text="[row, sku, quantity] as texts, in file order")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.request_id} {self.name}"


class ReportState(models.TextChoices):
    REPORTED = "reported", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Remedy(models.TextChoices):
    """What a unit asks for where goods are short or damaged."""

    MONEY = "money", _("Do not pay for them")
    RESHIP = "reship", _("Send them again")


class AcceptanceReport(models.Model):
    """What of an order's shipped goods a unit accepts and rejects; counts once another member approved it.

    It is about the goods of one supplier, about one parcel, or about the whole order. Its photos are files of
    the owner `acceptance`.
    """

    number = models.CharField(max_length=40, unique=True)
    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="acceptance_reports")
    supplier_order = models.ForeignKey(
        SupplierOrder, on_delete=models.PROTECT, null=True, related_name="acceptance_reports"
    )
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, null=True, related_name="acceptance_reports")
    state = models.CharField(max_length=10, choices=ReportState.choices, default=ReportState.REPORTED)
    note = models.CharField(max_length=200, default="", blank=True)
    signer = models.CharField(
        max_length=60, default="", blank=True, help_text="who took the goods in and signs for them"
    )
    received_on = models.DateField(null=True, help_text="the day on which the goods came")
    form_key = models.CharField(
        max_length=40, default="", blank=True, help_text="of the form that reported it"
    )
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("reported_by"))),
                name="acceptance_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(supplier_order__isnull=True) | Q(parcel__isnull=True),
                name="acceptance_of_one_part",
            ),
            models.UniqueConstraint(
                fields=["record", "form_key"], condition=~Q(form_key=""), name="acceptance_form_once"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AcceptanceLine(models.Model):
    """Units of an order line that were counted: accepted, missing, and damaged ones with the reason."""

    report = models.ForeignKey(AcceptanceReport, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="acceptance_lines")
    accepted_units = models.PositiveIntegerField(default=0)
    short_units = models.PositiveIntegerField(default=0)
    damaged_units = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=200, default="", blank=True)
    remedy = models.CharField(max_length=6, choices=Remedy.choices, default=Remedy.MONEY)
    reshipment = models.OneToOneField(
        Reshipment, on_delete=models.PROTECT, null=True, related_name="acceptance_line"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "line"], name="acceptance_line_once"),
            models.CheckConstraint(
                condition=Q(accepted_units__gt=0) | Q(short_units__gt=0) | Q(damaged_units__gt=0),
                name="acceptance_line_units",
            ),
            models.CheckConstraint(
                condition=Q(damaged_units=0) | ~Q(reason=""), name="acceptance_damage_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(reshipment__isnull=True) | Q(remedy="reship"),
                name="acceptance_reshipment_asked_for",
            ),
        ]
        ordering = ["line_id"]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.line_id}"

    @property
    def rejected_units(self) -> int:
        """Return the units that are not accepted: missing and damaged ones."""
        return self.short_units + self.damaged_units
