"""The promises of the shop, checked against its own tables with set-based queries.

Each check yields one sentence per broken row. Ledger promises are checked for orders whose messages
have all been delivered; what is still on its way is told by `waiting()`.
"""

from collections.abc import Callable, Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from shop.gateways.models import Payment
from shop.ledger.models import LedgerEntry, Stage
from shop.ordering.models import Allocation, LineShare, OrderRecord, Reduction, StockBalance
from shop.ordering.status import PaymentState
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage, OutboxStream

Broken = Iterator[str]


def stock() -> Broken:
    """I1: 0 ≤ allocated ≤ on hand; allocated is what orders hold; Oscar's mirror says the same."""
    held = (
        Allocation.objects.filter(balance=OuterRef("pk"))
        .values("balance")
        .annotate(total=Sum(F("units") - F("consumed") - F("released")))
        .values("total")
    )
    balances = StockBalance.objects.annotate(held=Coalesce(Subquery(held), 0))
    for row in balances.filter(Q(allocated__gt=F("on_hand")) | ~Q(allocated=F("held"))):
        yield f"balance {row.pk} ({row}): orders hold {row.held}"
    sums = (
        StockBalance.objects.values("stockrecord")
        .annotate(on_hand_sum=Sum("on_hand"), allocated_sum=Sum("allocated"))
        .exclude(
            stockrecord__num_in_stock=F("on_hand_sum"),
            stockrecord__num_allocated=F("allocated_sum"),
        )
        .exclude(stockrecord__num_allocated=None, allocated_sum=0, stockrecord__num_in_stock=F("on_hand_sum"))
    )
    for entry in sums:
        yield f"stock record {entry['stockrecord']}: Oscar's mirror differs from the balances"


def baskets() -> Broken:
    """I2: one order per basket."""
    twice = OrderRecord.objects.values("basket").annotate(orders=Count("pk")).filter(orders__gt=1)
    for row in twice:
        yield f"basket {row['basket']} has {row['orders']} orders"


def amounts() -> Broken:
    """I3: the amount due is total − reductions; paid means that captured money applied is the amount due."""
    reduced = (
        Reduction.objects.filter(record=OuterRef("pk")).values("record").annotate(s=Sum("fen")).values("s")
    )
    applied = (
        Payment.objects.filter(record=OuterRef("pk"))
        .values("record")
        .annotate(s=Sum("applied_fen"))
        .values("s")
    )
    refunded = (
        Payment.objects.filter(record=OuterRef("pk"))
        .values("record")
        .annotate(s=Sum("refunded_fen"))
        .values("s")
    )
    records = OrderRecord.objects.annotate(
        reduced_sum=Coalesce(Subquery(reduced), 0),
        applied_sum=Coalesce(Subquery(applied), 0),
        refunded_sum=Coalesce(Subquery(refunded), 0),
    )
    wrong = (
        ~Q(reduced_fen=F("reduced_sum"))
        | ~Q(paid_fen=F("applied_sum"))
        | ~Q(refunded_fen=F("refunded_sum"))
        | Q(payment_state=PaymentState.PAID) & ~Q(applied_sum=F("due_fen"))
        | ~Q(payment_state=PaymentState.PAID) & Q(applied_sum__gt=0)
    )
    for record in records.filter(wrong):
        yield (
            f"order {record.number}: due {record.due_fen}, paid {record.paid_fen}, payments applied "
            f"{record.applied_sum}, refunded {record.refunded_fen}/{record.refunded_sum}"
        )


def shares() -> Broken:
    """I3: shares and charges add up to the order's amounts."""
    goods = (
        LineShare.objects.filter(record=OuterRef("pk")).values("record").annotate(s=Sum("fen")).values("s")
    )
    for record in OrderRecord.objects.annotate(goods_sum=Subquery(goods)).exclude(goods_sum=F("goods_fen")):
        yield f"order {record.number}: shares {record.goods_sum}, goods {record.goods_fen}"


def sources() -> Broken:
    """I4: every entry of goods has the share it speaks of."""
    known = {share.source_key for share in LineShare.objects.only("pk").iterator()}
    used = LedgerEntry.objects.filter(kind="goods", source_key__startswith="share:")
    for key in used.values_list("source_key", flat=True).distinct().order_by("source_key").iterator():
        if key not in known:
            yield f"ledger source {key} does not exist"


def ledger_of_lines() -> Broken:
    """I5: Σ goods entries of a paid line = line − reductions − refunds; of an unpaid one 0."""
    sums: dict[str, int] = dict(
        LedgerEntry.objects.filter(kind="goods")
        .exclude(stage=Stage.RECEIVABLE)
        .values_list("source_key")
        .annotate(total=Sum("fen"))
        .order_by("source_key")
    )
    waiting = set(_waiting_streams())
    for share in LineShare.objects.select_related("record").iterator():
        record = share.record
        if record.number in waiting:
            continue
        paid = record.payment_state == PaymentState.PAID
        expected = share.fen - share.reduced_fen - share.refunded_fen if paid else 0
        posted = sums.get(share.source_key, 0)
        if posted != expected:
            yield f"order {record.number} share {share.number}: ledger {posted}, {expected} expected"


def streams() -> Broken:
    """I6: no number of a stream is missing; nothing is dead."""
    counts = OutboxMessage.objects.filter(stream=OuterRef("name")).values("stream").annotate(n=Count("pk"))
    for stream in OutboxStream.objects.annotate(n=Coalesce(Subquery(counts.values("n")), 0)).exclude(
        n=F("last_seq")
    ):
        yield f"stream {stream.name}: {stream.n} messages, last number {stream.last_seq}"
    dead = OutboxDelivery.objects.filter(state=DeliveryState.DEAD).select_related("message")
    for delivery in dead:
        yield f"dead: {delivery.message} at {delivery.handler}: {delivery.last_error}"


def _waiting_streams() -> Iterator[str]:
    """Streams with a message that some handler has not taken yet."""
    pending = OutboxDelivery.objects.exclude(state=DeliveryState.DONE)
    yield from pending.values_list("message__stream", flat=True).distinct()
    yield from OutboxMessage.objects.filter(routed_at=None).values_list("stream", flat=True).distinct()


def waiting() -> int:
    """Return how many streams still have messages on their way."""
    return len(set(_waiting_streams()))


CHECKS: tuple[tuple[str, Callable[[], Broken]], ...] = (
    ("I1 stock", stock),
    ("I2 one order per basket", baskets),
    ("I3 amounts", amounts),
    ("I3 shares", shares),
    ("I4 sources", sources),
    ("I5 ledger of lines", ledger_of_lines),
    ("I6 outbox", streams),
)


def broken_promises() -> list[str]:
    """Return every broken promise as `name: what`, empty when all hold."""
    return [f"{name}: {sentence}" for name, check in CHECKS for sentence in check()]
