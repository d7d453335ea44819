"""The append-only ledger of consumption support, and how far each share has come."""

from django.db import models
from django.db.models import F, Q

from shop.ledger.closing_models import ClosingRule, MonthClosing, OpenMonth, Statement
from shop.ledger.fact_models import ConsentDecision, Correction, EvidenceFact, KeyCollision, RegisteredKey
from shop.ledger.rollups import models as rollups  # noqa: F401 - Django looks for models here

#: Closed months, and the facts that people add, stand in modules of their own.
CLOSING_MODELS = (OpenMonth, ClosingRule, MonthClosing, Statement)
FACT_MODELS = (Correction, EvidenceFact, ConsentDecision, RegisteredKey, KeyCollision)


class EntryKind(models.TextChoices):
    GOODS = "goods"
    FREIGHT = "freight"
    FEE = "fee"
    DONATION = "donation"
    UNAPPLIED = "unapplied"


class Stage(models.TextChoices):
    NONE = "none"
    UNSHIPPED = "unshipped"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    DISPUTED = "disputed"
    REFUNDING = "refunding"
    CONFIRMED = "confirmed"
    RECEIVABLE = "receivable"


class Leg(models.TextChoices):
    CAPTURE = "capture"
    APPLY = "apply"
    MOVE = "move"
    REFUND = "refund"
    RECEIVABLE = "receivable"
    REVERSE = "reverse"
    RESTATE = "restate"


#: What stands in figures.FIGURES["not_counted"], in the words of its index: few of many entries.
_NOT_COUNTED = Q(kind="goods") & ~Q(eligibility="eligible", grade__in=("A", "B", "C"))
#: What goes back, is disputed or is not for goods: few of many entries too.
_SELDOM = Q(leg="refund") | Q(stage__in=("disputed", "refunding")) | Q(kind__in=("fee", "donation"))


class LedgerEntry(models.Model):
    """One event × source × kind × stage × payment × leg; fen never change (triggers on both engines).

    Dimensions are snapshots: ids, codes and names of regions, suppliers and products, never of a person.
    """

    event_id = models.UUIDField()
    source_key = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    stage = models.CharField(max_length=10, choices=Stage.choices)
    payment_key = models.CharField(max_length=80)
    leg = models.CharField(max_length=10, choices=Leg.choices)
    fen = models.BigIntegerField()
    ex_tax_fen = models.BigIntegerField(default=0)
    units = models.IntegerField(default=0)
    occurred_at = models.DateTimeField()
    booked_on = models.DateField()
    relates_to = models.DateField(null=True, help_text="month of the fen that a later entry takes out")
    part = models.PositiveSmallIntegerField(
        default=0, help_text="counts the months that one event takes out of `confirmed` at the same key"
    )
    order_number = models.CharField(max_length=32, default="", blank=True)
    line_number = models.PositiveIntegerField(default=0)
    region = models.CharField(max_length=50, default="", blank=True)
    township = models.CharField(max_length=40, default="", blank=True)
    programme = models.CharField(max_length=50, default="", blank=True)
    supplier = models.CharField(max_length=40, default="", blank=True)
    supplier_name = models.CharField(max_length=80, default="", blank=True)
    product = models.CharField(max_length=40, default="", blank=True)
    product_name = models.CharField(max_length=80, default="", blank=True)
    category = models.CharField(max_length=80, default="", blank=True)
    certification = models.CharField(max_length=80, default="", blank=True)
    buyer_kind = models.CharField(max_length=30, default="", blank=True)
    credited_organisation = models.CharField(max_length=40, default="", blank=True)
    mode = models.CharField(max_length=20, default="", blank=True)
    channel = models.CharField(max_length=30, default="", blank=True)
    grade = models.CharField(max_length=1, default="", blank=True)
    rule_version = models.CharField(max_length=10)
    eligibility = models.CharField(max_length=10, default="", blank=True)
    ineligible_reason = models.CharField(max_length=40, default="", blank=True)
    demo = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "source_key", "kind", "stage", "payment_key", "leg", "part"],
                name="ledger_entry_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="goods") & ~Q(stage="none") | ~Q(kind="goods") & Q(stage="none"),
                name="ledger_stage_of_goods",
            ),
            models.CheckConstraint(
                condition=~Q(payment_key="none") | Q(stage="receivable"), name="ledger_fen_have_payment"
            ),
            models.CheckConstraint(condition=~Q(source_key=""), name="ledger_entry_has_source"),
        ]
        indexes = [
            models.Index(fields=["demo", "booked_on", "id"], name="ledger_newest"),
            models.Index(fields=["demo", "region", "booked_on", "id"], name="ledger_newest_of_region"),
            models.Index(
                fields=["credited_organisation", "booked_on", "id"],
                condition=~Q(credited_organisation=""),
                name="ledger_newest_of_unit",
            ),
            models.Index(
                fields=["supplier", "booked_on", "id"],
                condition=~Q(supplier=""),
                name="ledger_newest_of_supplier",
            ),
            models.Index(
                fields=["product", "booked_on", "id"],
                condition=~Q(product=""),
                name="ledger_newest_of_product",
            ),
            # Few of many entries: a page of them would walk the whole ledger to find fifty.
            models.Index(fields=["demo", "booked_on", "id"], condition=_SELDOM, name="ledger_newest_seldom"),
            models.Index(
                fields=["demo", "region", "booked_on", "id"],
                condition=_SELDOM,
                name="ledger_seldom_of_region",
            ),
            models.Index(
                fields=["supplier", "booked_on", "id"], condition=_SELDOM, name="ledger_seldom_of_supplier"
            ),
            models.Index(
                fields=["product", "booked_on", "id"], condition=_SELDOM, name="ledger_seldom_of_product"
            ),
            models.Index(
                fields=["demo", "booked_on", "id"], condition=_NOT_COUNTED, name="ledger_newest_not_counted"
            ),
            models.Index(
                fields=["demo", "region", "booked_on", "id"],
                condition=_NOT_COUNTED,
                name="ledger_not_counted_of_region",
            ),
            models.Index(
                fields=["supplier", "booked_on", "id"],
                condition=_NOT_COUNTED,
                name="ledger_not_counted_of_supplier",
            ),
            models.Index(
                fields=["product", "booked_on", "id"],
                condition=_NOT_COUNTED,
                name="ledger_not_counted_of_product",
            ),
            models.Index(fields=["order_number"], condition=Q(stage="receivable"), name="ledger_receivable"),
            models.Index(fields=["source_key", "id"], name="ledger_source"),
            models.Index(fields=["order_number", "booked_on", "id"], name="ledger_newest_of_order"),
            models.Index(fields=["payment_key", "id"], name="ledger_payment"),
            models.Index(
                fields=["relates_to", "id"], condition=Q(relates_to__isnull=False), name="ledger_relates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_key} {self.stage} {self.leg} {self.fen}"


class ShareProgress(models.Model):
    """Units of a share in each stage, paid or not, so that a later payment posts into the right stage."""

    source_key = models.CharField(max_length=80, unique=True)
    order_number = models.CharField(max_length=32, db_index=True)
    units = models.PositiveIntegerField()
    by_acceptance = models.BooleanField(
        default=False, help_text="an acceptance report confirms it, not the receipt of a parcel"
    )
    unshipped = models.PositiveIntegerField(default=0)
    in_transit = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    disputed = models.PositiveIntegerField(default=0)
    refunding = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(
        default=0, help_text="received by a resident or accepted by an organisation, paid or not"
    )
    gone = models.PositiveIntegerField(default=0, help_text="refunded or reduced")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    units=F("unshipped")
                    + F("in_transit")
                    + F("received")
                    + F("disputed")
                    + F("refunding")
                    + F("confirmed")
                    + F("gone")
                ),
                name="share_progress_adds_up",
            )
        ]

    def __str__(self) -> str:
        return self.source_key


class RefundHold(models.Model):
    """Fen that a refund request moved to `refunding` (a dispute: to `disputed`), and where their units stand meanwhile.

    `cells` maps payment keys to [fen, ex-tax fen]; a failed refund or a dispute's end moves exactly these back.
    """

    refund = models.CharField(max_length=64, help_text="number of the refund, or of the case in dispute")
    disputed = models.BooleanField(default=False)
    order_number = models.CharField(max_length=32, db_index=True)
    source_key = models.CharField(max_length=80)
    stage = models.CharField(max_length=10, choices=Stage.choices)
    month = models.DateField(
        null=True, help_text="when they were taken out of `confirmed`: the month confirmed"
    )
    units = models.PositiveIntegerField()
    cells = models.JSONField()

    def __str__(self) -> str:
        return f"{self.refund} {self.source_key} {self.stage}"


class ParcelProgress(models.Model):
    """The stage of a parcel's units, so that a receipt takes them from where this parcel stands."""

    parcel = models.CharField(max_length=64, unique=True)
    order_number = models.CharField(max_length=32, db_index=True)
    stage = models.CharField(max_length=10, choices=Stage.choices)

    def __str__(self) -> str:
        return f"{self.parcel}: {self.stage}"


class PostedEvent(models.Model):
    """An event the ledger has taken in, with or without entries; a second delivery finds it and stops."""

    event_id = models.UUIDField(primary_key=True)
    topic = models.CharField(max_length=64)
    stream = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    open_from = models.DateField(
        null=True, help_text="the first open day when it was taken in; null: no month was closed yet"
    )

    def __str__(self) -> str:
        return f"{self.topic} {self.stream}"
