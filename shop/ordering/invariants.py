"""What must hold of orders and stock at any moment; each broken one is named (I1, I2, I3)."""

from collections.abc import Iterator

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from oscar.apps.partner.models import StockRecord

from shop.coupons.models import Coupon
from shop.coupons.status import CouponState
from shop.ordering.models import Allocation, ChargeShare, LineShare, OrderRecord, RefundRequest, StockBalance
from shop.ordering.status import PaymentState, RefundState
from shop.ordering.stock_models import GoodsLot

_HELD = F("units") - F("consumed") - F("released")


def violations() -> list[str]:
    """Return a sentence for every broken invariant of ordering; empty when all is well. Reads everything."""
    return [*stock_violations(), *_amounts(), *_refunds(), *_coupons()]


def stock_violations() -> Iterator[str]:
    """Yield a sentence for everything about stock that does not hold (I1)."""
    promised = Allocation.objects.filter(balance=OuterRef("pk")).order_by().values("balance")
    balances = StockBalance.objects.select_related("stockrecord").annotate(
        promised=Coalesce(Subquery(promised.annotate(sum=Sum(_HELD)).values("sum")), Value(0))
    )
    for row in balances.filter(~Q(allocated=F("promised")) | Q(allocated__gt=F("on_hand"))):
        yield f"I1 stock {row}: allocated {row.allocated}, promised to orders {row.promised}"
    for record in _mirrors().exclude(shown=F("on_hand"), shown_allocated=F("held")):
        yield f"I1 stock {record.partner_sku}: Oscar's mirror differs"
    lot = GoodsLot.objects.filter(stockrecord=OuterRef("stockrecord"), code=OuterRef("lot"))
    dated = StockBalance.objects.exclude(lot="").annotate(
        known=Exists(lot), of_lot=Subquery(lot.values("expires_on"))
    )
    for balance in dated.exclude(
        Q(known=True) & (Q(expires_on=F("of_lot")) | Q(expires_on=None, of_lot=None))
    ):
        yield f"I1 stock {balance}: its lot is not known with this date"
    closed = Allocation.objects.filter(line__order__record__payment_state=PaymentState.CLOSED, units__gt=0)
    for allocation in closed.exclude(units=F("consumed") + F("released")):
        yield f"I1 line {allocation.line_id}: a closed order holds {allocation.held} units"


def _mirrors() -> QuerySet[StockRecord]:
    """Return the stock records with what their retail balances hold together, and what Oscar's columns show."""
    retail = StockBalance.objects.filter(stockrecord=OuterRef("pk"), pool="retail")
    of_record = retail.order_by().values("stockrecord")
    return StockRecord.objects.filter(Exists(retail)).annotate(
        on_hand=Subquery(of_record.annotate(sum=Sum("on_hand")).values("sum")),
        held=Subquery(of_record.annotate(sum=Sum("allocated")).values("sum")),
        shown=Coalesce(F("num_in_stock"), Value(0)),
        shown_allocated=Coalesce(F("num_allocated"), Value(0)),
    )


def _sum(rows: QuerySet[LineShare] | QuerySet[ChargeShare], column: str) -> Coalesce:
    summed = rows.filter(record=OuterRef("pk")).order_by().values("record").annotate(sum=Sum(column))
    return Coalesce(Subquery(summed.values("sum"), output_field=IntegerField()), Value(0))


def _amounts() -> Iterator[str]:
    shares, charges = LineShare.objects.all(), ChargeShare.objects.all()
    records = OrderRecord.objects.annotate(
        share_fen=_sum(shares, "fen"),
        charge_fen=_sum(charges, "fen"),
        off=_sum(shares, "reduced_fen") + _sum(charges, "reduced_fen"),
        back=_sum(shares, "refunded_fen") + _sum(charges, "refunded_fen"),
    )
    for row in records.exclude(goods_fen=F("share_fen"), charges_fen=F("charge_fen")):
        yield f"I3 order {row}: shares {row.share_fen} + charges {row.charge_fen} differ from its totals"
    for row in records.annotate(discounts=_sum(shares, "discount_fen")).exclude(discount_fen=F("discounts")):
        yield f"I3 order {row}: a discount of {row.discount_fen}, its lines have {row.discounts}"
    for row in records.exclude(reduced_fen=F("off")):
        yield f"I3 order {row}: reductions of {row.off}, counted {row.reduced_fen}"
    for row in records.exclude(refunded_fen=F("back")):
        yield f"I3 order {row}: refunds of {row.back}, counted {row.refunded_fen}"
    for row in records.filter(payment_state=PaymentState.PAID).exclude(paid_fen=F("due_fen")):
        yield f"I3 order {row}: paid {row.paid_fen} of {row.due_fen}"


def _refunds() -> Iterator[str]:
    open_requests = RefundRequest.objects.filter(record=OuterRef("pk"), state=RefundState.REQUESTED)
    waiting = open_requests.order_by().values("record").annotate(sum=Sum("fen")).values("sum")
    records = OrderRecord.objects.annotate(
        asked=Coalesce(Subquery(waiting, output_field=IntegerField()), Value(0)),
        refunding=_sum(LineShare.objects.all(), "refunding_fen")
        + _sum(ChargeShare.objects.all(), "refunding_fen"),
    )
    for row in records.exclude(asked=F("refunding")):
        yield f"I3 order {row}: refunds asked for {row.asked}, held {row.refunding}"


def _coupons() -> Iterator[str]:
    """An order that stands has used one coupon for its discount; one that came to nothing has used none."""
    used = Coupon.objects.filter(order_number=OuterRef("number"), state=CouponState.USED)
    orders = OrderRecord.objects.annotate(taken=Subquery(used.values("discount_fen")[:1]))
    over = Q(payment_state=PaymentState.CLOSED) | Q(
        payment_state=PaymentState.PAID, refunded_fen=F("paid_fen")
    )
    for row in orders.filter(~over, discount_fen__gt=0).exclude(taken=F("discount_fen"), taken__isnull=False):
        yield f"I3 order {row}: a discount of {row.discount_fen}, its coupon took off {row.taken}"
    for row in orders.filter(over, taken__isnull=False):
        yield f"I3 order {row}: it came to nothing and holds a coupon"
    known = OrderRecord.objects.filter(number=OuterRef("order_number"))
    for coupon in Coupon.objects.filter(~Exists(known), state=CouponState.USED):
        yield f"I3 coupon {coupon}: its order {coupon.order_number} does not exist"
