"""What suppliers are owed and paid: append-only double entry, and how far each share has come."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.settlement.paying_models import PayeeAccount, PayoutItem, PayoutList, SupplierStatement
from shop.settlement.term_models import CommissionRate, SettlementRule

__all__ = [
    "Account",
    "CommissionRate",
    "Kind",
    "ParcelStanding",
    "PayeeAccount",
    "PayoutItem",
    "PayoutList",
    "SettlementEntry",
    "SettlementRule",
    "Standing",
    "SupplierAccount",
    "SupplierStatement",
    "TakenEvent",
]


class Account(models.TextChoices):
    """Where the fen of a supplier stand. All but `clearing`, `subsidy`, `commission` are the supplier's own."""

    CLEARING = "clearing", _("Collected for suppliers")
    SUBSIDY = "subsidy", _("Coupons borne by the shop")
    PENDING = "pending", _("Not confirmed yet")
    PAYABLE = "payable", _("Confirmed, to be paid")
    LISTED = "listed", _("In a pay-out list")
    PAID = "paid", _("Paid to suppliers")
    COMMISSION = "commission", _("Commission")


#: Every step that fen may take, as (debited, credited) account; the database refuses any other.
STEPS: tuple[tuple[str, str], ...] = (
    ("clearing", "pending"),
    ("pending", "clearing"),
    ("subsidy", "pending"),
    ("pending", "subsidy"),
    ("pending", "payable"),
    ("payable", "pending"),
    ("payable", "commission"),
    ("commission", "payable"),
    ("payable", "listed"),
    ("listed", "payable"),
    ("listed", "paid"),
)


class Kind(models.TextChoices):
    GOODS = "goods", _("Goods")
    FREIGHT = "freight", _("Freight")
    SUBSIDY = "subsidy", _("Coupon borne by the shop")
    COMMISSION = "commission", _("Commission")
    PAYOUT = "payout", _("Pay-out")


def _allowed_steps() -> Q:
    allowed = Q()
    for debit, credit in STEPS:
        allowed |= Q(debit=debit, credit=credit)
    return allowed


class SettlementEntry(models.Model):
    """Fen that one account is debited and another credited with; never changed (triggers on both engines).

    A row has both sides, so that Σ debit = Σ credit cannot be broken. Holds codes and names of suppliers and
    products, never a person's.
    """

    event_id = models.UUIDField(help_text="the message, or the act, that it follows from")
    source_key = models.CharField(max_length=80, help_text="a share, a charge, or the item of a pay-out list")
    debit = models.CharField(max_length=10, choices=Account.choices)
    credit = models.CharField(max_length=10, choices=Account.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    fen = models.BigIntegerField()
    supplier = models.CharField(max_length=40)
    demo = models.BooleanField()
    units = models.IntegerField(
        default=0, help_text="units that the fen of goods are of, when they are confirmed"
    )
    rate_bp = models.PositiveIntegerField(default=0, help_text="of commission, in hundredths of a percent")
    occurred_at = models.DateTimeField()
    booked_on = models.DateField()
    order_number = models.CharField(max_length=32, default="", blank=True)
    line_number = models.PositiveIntegerField(default=0)
    product = models.CharField(max_length=40, default="", blank=True)
    product_name = models.CharField(max_length=80, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "source_key", "debit", "credit"], name="settlement_entry_once"
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="settlement_entry_positive"),
            models.CheckConstraint(condition=_allowed_steps(), name="settlement_entry_step"),
            models.CheckConstraint(condition=~Q(supplier=""), name="settlement_entry_of_a_supplier"),
        ]
        indexes = [
            models.Index(fields=["supplier", "demo", "booked_on", "id"], name="settlement_by_day"),
            models.Index(fields=["source_key", "id"], name="settlement_source"),
            models.Index(fields=["order_number", "supplier"], name="settlement_order"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} {self.source_key} {self.debit}→{self.credit} {self.fen}"


class SupplierAccount(models.Model):
    """The balances of a supplier, kept with every entry; its row is the lock under which entries are written.

    `drawn_through` is the last day of its last statement: nothing is booked on it or before any more.
    """

    supplier = models.CharField(max_length=40)
    demo = models.BooleanField()
    collected_fen = models.BigIntegerField(
        default=0, help_text="debit of clearing: goods and freight paid net"
    )
    subsidy_fen = models.BigIntegerField(
        default=0, help_text="debit of subsidy: what the shop adds where it bears a coupon"
    )
    pending_fen = models.BigIntegerField(default=0)
    payable_fen = models.BigIntegerField(default=0, help_text="negative after a refund of what was paid out")
    listed_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    commission_fen = models.BigIntegerField(default=0)
    first_booked_on = models.DateField(null=True)
    drawn_through = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "demo"], name="settlement_account_once"),
            models.CheckConstraint(
                condition=Q(
                    pending_fen=F("collected_fen")
                    + F("subsidy_fen")
                    - F("payable_fen")
                    - F("listed_fen")
                    - F("paid_fen")
                    - F("commission_fen")
                ),
                name="settlement_account_balanced",
            ),
            models.CheckConstraint(
                condition=Q(pending_fen__gte=0, listed_fen__gte=0, paid_fen__gte=0, commission_fen__gte=0)
                & Q(subsidy_fen__gte=0),
                name="settlement_account_not_below_zero",
            ),
        ]

    def __str__(self) -> str:
        return self.supplier


class Standing(models.Model):
    """A share or the freight of a supplier in an order: its units and fen by stage, as far as the events have told.

    `pots` maps stages to [units, fen]; `holds` are [number, stage, units, fen, disputed] of open refunds and disputes.
    """

    source_key = models.CharField(max_length=80, unique=True)
    order_number = models.CharField(max_length=32, db_index=True)
    supplier = models.CharField(max_length=40)
    demo = models.BooleanField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by_acceptance = models.BooleanField(default=False)
    is_paid = models.BooleanField(default=False)
    units = models.PositiveIntegerField(default=0, help_text="placed")
    paid_units = models.PositiveIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    pots = models.JSONField(default=dict)
    holds = models.JSONField(default=list)
    is_due = models.BooleanField(default=False, help_text="of freight: it is owed with the goods")
    rate_bp = models.PositiveIntegerField(default=0, help_text="commission agreed on the day of the order")
    line_number = models.PositiveIntegerField(default=0)
    product = models.CharField(max_length=40, default="", blank=True)
    product_name = models.CharField(max_length=80, default="", blank=True)

    def __str__(self) -> str:
        return self.source_key


class ParcelStanding(models.Model):
    """The stage of a parcel's units."""

    parcel = models.CharField(max_length=64, unique=True)
    order_number = models.CharField(max_length=32, db_index=True)
    stage = models.CharField(max_length=10)

    def __str__(self) -> str:
        return f"{self.parcel}: {self.stage}"


class TakenEvent(models.Model):
    """An event that settlement has taken in; a second delivery finds it and stops."""

    event_id = models.UUIDField(primary_key=True)
    topic = models.CharField(max_length=64)
    stream = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["stream", "seq"], name="settlement_taken_stream")]

    def __str__(self) -> str:
        return f"{self.topic} {self.stream}#{self.seq}"
