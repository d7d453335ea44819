"""The order as this shop keeps it: amounts in fen, shares, stock, holds, reductions and refunds."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from oscar.apps.basket.models import Basket
from oscar.apps.order.models import Line, Order
from oscar.apps.partner.models import StockRecord

from shop.buyers.units import RESIDENT
from shop.ordering import address_models, desk_models, stock_models
from shop.ordering.status import (
    ChargeKind,
    CloseReason,
    Eligibility,
    FulfilmentState,
    PaymentState,
    PayMethod,
    Pool,
    RefundState,
    ReleaseState,
)
from shop.suppliers.models import Supplier

#: What people keep, what the staff's desk adds, and what stands around the balances, stand in modules of their own.
MORE_MODELS = (address_models, desk_models, stock_models)


class StockBalance(models.Model):
    """Units on hand and promised in one pool, of one lot, at one place; every allocation tests it (I1).

    `version` moves with every change of `on_hand`: a file that was written before it is stale.
    """

    stockrecord = models.ForeignKey(StockRecord, on_delete=models.PROTECT, related_name="balances")
    pool = models.CharField(max_length=10, default="retail", help_text="retail, bulk or withheld from sale")
    lot = models.CharField(max_length=40, default="", blank=True, help_text="code of the GoodsLot")
    location = models.CharField(max_length=40, default="", blank=True, help_text="code of the StockLocation")
    on_hand = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    expires_on = models.DateField(null=True, blank=True, help_text="of its lot")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stockrecord", "pool", "lot", "location"], name="stock_balance_once"
            ),
            models.CheckConstraint(
                condition=Q(allocated__gte=0) & Q(allocated__lte=F("on_hand")), name="stock_never_oversold"
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | ~Q(lot=""), name="stock_expires_by_lot"
            ),
        ]

    def __str__(self) -> str:
        place = " ".join(filter(None, (self.pool, self.lot, self.location)))
        return f"{self.stockrecord_id} {place}: {self.allocated}/{self.on_hand}"


class OrderRecord(models.Model):
    """What money and reports depend on, 1:1 with Oscar's Order. `number` is unguessable."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="record")
    number = models.CharField(max_length=32, unique=True)
    basket = models.OneToOneField(Basket, on_delete=models.PROTECT, related_name="record")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="orders_placed"
    )
    guest_phone = models.CharField(max_length=20, default="", blank=True)
    access_key = models.CharField(max_length=64, help_text="digest of the guest link's token")
    method = models.CharField(max_length=20, choices=PayMethod.choices)
    payment_state = models.CharField(
        max_length=8, choices=PaymentState.choices, default=PaymentState.UNPAID, db_index=True
    )
    release_state = models.CharField(max_length=8, choices=ReleaseState.choices, default=ReleaseState.HELD)
    fulfilment_state = models.CharField(
        max_length=8, choices=FulfilmentState.choices, default=FulfilmentState.NONE
    )
    goods_fen = models.BigIntegerField(help_text="to be paid for the goods")
    charges_fen = models.BigIntegerField()
    reduced_fen = models.BigIntegerField(default=0)
    due_fen = models.BigIntegerField(help_text="goods + charges − reductions")
    discount_fen = models.BigIntegerField(default=0, help_text="taken off the goods by a coupon")
    coupon_name = models.CharField(max_length=40, default="", blank=True, help_text="of its campaign")
    paid_fen = models.BigIntegerField(default=0, help_text="captured money applied to the order")
    refunded_fen = models.BigIntegerField(default=0, help_text="executed refunds")
    placed_at = models.DateTimeField(db_index=True)
    hold_until = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=40, default="", blank=True)
    attention = models.CharField(max_length=60, default="", blank=True, help_text="why a person must look")
    attention_at = models.DateTimeField(null=True, help_text="since when")
    shipping_stopped_at = models.DateTimeField(null=True, help_text="nothing ships while this is set")
    recipient_name = models.CharField(max_length=60)
    recipient_phone = models.CharField(max_length=20)
    province = models.CharField(max_length=20)
    city = models.CharField(max_length=40)
    county = models.CharField(max_length=40)
    street = models.CharField(max_length=200)
    messages = models.JSONField(default=dict, help_text="the buyer's words to each supplier, by code")
    invoice_wish = models.JSONField(default=dict)
    buyer_kind = models.CharField(max_length=30, default=RESIDENT)
    mode = models.CharField(
        max_length=20, default="assisted", help_text="direct 直接采购 or assisted 帮助销售"
    )
    channel = models.CharField(max_length=30, default="web")
    credited_organisation = models.CharField(max_length=40, default="", blank=True, help_text="code, or none")
    credited_name = models.CharField(
        max_length=80, default="", blank=True, help_text="its name when the order was placed"
    )
    pool = models.CharField(max_length=10, choices=Pool.choices, default=Pool.RETAIL)
    released_by = models.BigIntegerField(null=True, help_text="who let it ship unpaid, on terms")
    forgotten_at = models.DateTimeField(null=True, help_text="since when it names nobody")
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(forgotten_at__isnull=True)
                | Q(guest_phone="", recipient_name="", recipient_phone="", street=""),
                name="order_forgotten_names_nobody",
            ),
            models.CheckConstraint(
                condition=Q(due_fen=F("goods_fen") + F("charges_fen") - F("reduced_fen")) & Q(due_fen__gte=0),
                name="order_due_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(payment_state="paid", paid_fen=F("due_fen"), due_fen__gt=0)
                | (~Q(payment_state="paid") & Q(paid_fen=0)),
                name="order_paid_in_full",
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0) & Q(refunded_fen__lte=F("paid_fen")),
                name="order_refunds_capped",
            ),
            models.CheckConstraint(
                condition=Q(discount_fen=0, coupon_name="")
                | Q(discount_fen__gt=0, buyer__isnull=False, coupon_name__gt="", credited_organisation=""),
                name="order_coupon_of_a_resident",
            ),
            models.CheckConstraint(
                condition=~Q(method="terms") | ~Q(credited_organisation=""), name="order_on_terms_of_somebody"
            ),
            models.CheckConstraint(
                condition=Q(release_state="held") | Q(payment_state="paid") | Q(method="terms"),
                name="order_released_paid_or_on_terms",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-placed_at"], name="order_by_buyer"),
            models.Index(
                fields=["hold_until"], condition=Q(payment_state="unpaid"), name="order_holds_to_expire"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def by_acceptance(self) -> bool:
        """Return whether an acceptance report, not the receipt of a parcel, confirms it (counting rules 1)."""
        return self.buyer_kind != RESIDENT

    @property
    def is_on_terms(self) -> bool:
        """Return whether it was let go unpaid and waits for its money."""
        return self.release_state == ReleaseState.RELEASED and self.payment_state == PaymentState.UNPAID

    @property
    def takes_money(self) -> bool:
        """Return whether money is for it: it waits, or was closed for want of it. What was called off takes none."""
        if self.payment_state == PaymentState.CLOSED:
            return self.close_reason == CloseReason.EXPIRED and self.due_fen > 0
        return self.payment_state == PaymentState.UNPAID


class Allocation(models.Model):
    """Units of a line held in a stock balance: held → consumed (shipped) or released, never both.

    `units` counts every unit ever held: a late payment that re-allocates adds to it. Still held is
    units − consumed − released. `returned` are consumed units that came back into stock.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="allocations")
    balance = models.ForeignKey(StockBalance, on_delete=models.PROTECT, related_name="allocations")
    units = models.PositiveIntegerField()
    consumed = models.PositiveIntegerField(default=0)
    released = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "balance"], name="allocation_once"),
            models.CheckConstraint(
                condition=Q(units__gte=F("consumed") + F("released")), name="allocation_spent_once"
            ),
            models.CheckConstraint(condition=Q(consumed__gte=F("returned")), name="allocation_returned_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.units}"

    @property
    def held(self) -> int:
        """Return the units still promised to the order."""
        return self.units - self.consumed - self.released


class LineShare(models.Model):
    """A part of a line with one region, programme and credited organisation; frozen at placing.

    `number` counts over the order. `dims` is the snapshot that the ledger copies (codes and names).
    """

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="shares")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="shares")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="shares")
    number = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    fen = models.BigIntegerField()
    ex_tax_fen = models.BigIntegerField()
    discount_fen = models.BigIntegerField(default=0, help_text="taken off by a coupon, no part of fen")
    subsidy_fen = models.BigIntegerField(default=0, help_text="of it: borne by the shop, for the supplier")
    reduced_units = models.PositiveIntegerField(default=0)
    reduced_fen = models.BigIntegerField(default=0)
    refunding_units = models.PositiveIntegerField(default=0, help_text="units of open refund requests")
    refunding_fen = models.BigIntegerField(default=0)
    refunded_units = models.PositiveIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    accepted_units = models.PositiveIntegerField(
        default=0, help_text="accepted by a report, less those refunded or asked to be"
    )
    eligibility = models.CharField(max_length=10, choices=Eligibility.choices)
    reason = models.CharField(max_length=40, default="", blank=True)
    dims = models.JSONField()
    return_terms = models.JSONField(default=dict, help_text="in force when it was placed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="share_number_once"),
            models.CheckConstraint(
                condition=Q(fen__gte=F("reduced_fen") + F("refunding_fen") + F("refunded_fen"))
                & Q(units__gte=F("reduced_units") + F("refunding_units") + F("refunded_units")),
                name="share_refunds_capped",
            ),
            models.CheckConstraint(
                condition=Q(
                    units__gte=F("accepted_units")
                    + F("reduced_units")
                    + F("refunding_units")
                    + F("refunded_units")
                ),
                name="share_accepted_capped",
            ),
            models.CheckConstraint(
                condition=Q(subsidy_fen__range=(0, F("discount_fen"))), name="share_subsidy_of_its_discount"
            ),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.record_id}/{self.number}"

    @property
    def source_key(self) -> str:
        """Return the key under which the ledger knows this share."""
        return f"share:{self.pk}"

    @property
    def left_units(self) -> int:
        """Return the units neither reduced nor refunded nor asked to be refunded."""
        return self.units - self.reduced_units - self.refunding_units - self.refunded_units

    @property
    def left_fen(self) -> int:
        """Return the fen neither reduced nor refunded nor asked to be refunded."""
        return self.fen - self.reduced_fen - self.refunding_fen - self.refunded_fen


class ChargeShare(models.Model):
    """Freight, fee or donation placed with the order; freight is one per supplier."""

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="charges")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, related_name="charges")
    kind = models.CharField(max_length=10, choices=ChargeKind.choices)
    number = models.PositiveIntegerField()
    fen = models.BigIntegerField()
    reduced_fen = models.BigIntegerField(default=0)
    refunding_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    dims = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="charge_number_once"),
            models.CheckConstraint(
                condition=Q(fen__gte=F("reduced_fen") + F("refunding_fen") + F("refunded_fen")),
                name="charge_refunds_capped",
            ),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.record_id}/{self.kind}/{self.number}"

    @property
    def source_key(self) -> str:
        """Return the key under which the ledger knows this charge."""
        return f"charge:{self.pk}"

    @property
    def left_fen(self) -> int:
        """Return the fen neither reduced nor refunded nor asked to be refunded."""
        return self.fen - self.reduced_fen - self.refunding_fen - self.refunded_fen


class Reduction(models.Model):
    """A lowering of the amount due before payment (shortage, price); append-only."""

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="reductions")
    share = models.ForeignKey(LineShare, on_delete=models.PROTECT, null=True, related_name="reductions")
    charge = models.ForeignKey(ChargeShare, on_delete=models.PROTECT, null=True, related_name="reductions")
    units = models.PositiveIntegerField(default=0)
    fen = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    actor_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.record_id} −{self.fen}"


class RefundRequest(models.Model):
    """A wish to send money back, with the caps held when it was asked; executed by gateways."""

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="refunds")
    number = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=10, choices=RefundState.choices, default=RefundState.REQUESTED)
    fen = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    requested_by = models.BigIntegerField(null=True)
    of_return = models.CharField(max_length=40, default="", blank=True, help_text="case that decides it")
    requested_at = models.DateTimeField()
    approved_by = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True, help_text="no money moves before")
    executing_at = models.DateTimeField(
        null=True, help_text="since when money may be on its way back; no withdrawal from then on"
    )
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(fen__gt=0), name="refund_positive")]

    def __str__(self) -> str:
        return self.number


class RefundItem(models.Model):
    """What of a share or charge a refund takes back."""

    request = models.ForeignKey(RefundRequest, on_delete=models.PROTECT, related_name="items")
    share = models.ForeignKey(LineShare, on_delete=models.PROTECT, null=True, related_name="refund_items")
    charge = models.ForeignKey(ChargeShare, on_delete=models.PROTECT, null=True, related_name="refund_items")
    units = models.PositiveIntegerField(default=0)
    unshipped_units = models.PositiveIntegerField(
        default=0, help_text="of the units, not shipped when asked: reserved, back into stock at execution"
    )
    accepted_units = models.PositiveIntegerField(
        default=0, help_text="of the units, accepted when asked: they count again when it fails"
    )
    fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(units__gte=F("unshipped_units") + F("accepted_units")), name="refund_item_units"
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) ^ Q(charge__isnull=True), name="refund_item_of_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.fen}"

    @property
    def target(self) -> "LineShare | ChargeShare":
        """Return the share or charge that the item takes from."""
        found = self.share or self.charge
        assert found is not None  # by refund_item_of_one_thing
        return found
