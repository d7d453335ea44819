"""The promises of the shop, checked against its own tables; each app names what is broken in its own.

Promises that need several apps stand here. The ledger of an order is compared once all its messages have
been delivered; how many orders still wait is told by `waiting()`.
"""

from collections.abc import Callable, Iterable, Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from shop.core.fen import units_worth
from shop.gateways import invariants as gateways
from shop.ledger.models import LedgerEntry, Stage
from shop.ordering import invariants as ordering
from shop.ordering.models import LineShare
from shop.ordering.status import PaymentState
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage, OutboxStream
from shop.settlement import invariants as settlement
from shop.settlement.models import Account, Kind


def ledger_sources() -> Iterator[str]:
    """I4: every entry of goods speaks of a share that exists."""
    known = {share.source_key for share in LineShare.objects.only("pk").iterator()}
    used = LedgerEntry.objects.filter(kind="goods", source_key__startswith="share:")
    for key in used.values_list("source_key", flat=True).distinct().order_by("source_key").iterator():
        if key not in known:
            yield f"ledger source {key} does not exist"


def ledger_of_lines() -> Iterator[str]:
    """I5: Σ goods entries of a paid line = line − reductions − refunds; of an unpaid one 0."""
    sums: dict[str, int] = dict(
        LedgerEntry.objects.filter(kind="goods")
        .exclude(stage=Stage.RECEIVABLE)
        .values_list("source_key")
        .annotate(total=Sum("fen"))
        .order_by("source_key")
    )
    on_their_way = _streams_on_their_way()
    for share in LineShare.objects.select_related("record").iterator():
        record = share.record
        if record.number in on_their_way:
            continue
        paid = record.payment_state == PaymentState.PAID
        expected = share.fen - share.reduced_fen - share.refunded_fen if paid else 0
        posted = sums.get(share.source_key, 0)
        if posted != expected:
            yield f"order {record.number} share {share.number}: ledger {posted}, {expected} expected"


def receivables_of_lines() -> Iterator[str]:
    """I5: what is receivable of a line = the worth of its accepted units while it is unpaid, else 0."""
    sums: dict[str, int] = dict(
        LedgerEntry.objects.filter(stage=Stage.RECEIVABLE)
        .values_list("source_key")
        .annotate(total=Sum("fen"))
        .order_by("source_key")
    )
    on_their_way = _streams_on_their_way()
    accepted = LineShare.objects.filter(accepted_units__gt=0).select_related("record")
    for share in accepted.iterator():
        posted = sums.pop(share.source_key, 0)
        unpaid = share.record.payment_state == PaymentState.UNPAID
        fen, units = share.fen - share.reduced_fen, share.units - share.reduced_units
        expected = units_worth(fen, units, 0, share.accepted_units) if unpaid else 0
        if share.record.number not in on_their_way and posted != expected:
            yield f"order {share.record.number} share {share.number}: {posted} receivable, {expected} expected"
    for key, fen in sums.items():
        if fen:
            yield f"ledger source {key}: {fen} fen receivable, nothing is accepted"


def settlement_against_ledger() -> Iterator[str]:
    """A supplier's balance = ledger goods + freight of it, and what it is owed of goods = the stage `confirmed`.

    The two are worked out from the same events and never read each other. By order, so that a break has a place;
    both sums of a supplier are then equal too. What part of the confirmed fen an open dispute sets apart may differ
    by a fen, as only the ledger knows months: `confirmed` is compared again when it has ended.
    """
    goods, freight = Q(kind="goods") & ~Q(stage=Stage.RECEIVABLE), Q(kind="freight") & ~Q(supplier="")
    sums = LedgerEntry.objects.filter(goods | freight).order_by().values("order_number", "supplier")
    rows = sums.annotate(total=Sum("fen"), confirmed=Sum("fen", filter=Q(stage=Stage.CONFIRMED)))
    ledger = {
        (row["order_number"], row["supplier"]): (row["total"], row["confirmed"] or 0)
        for row in rows.iterator()
    }
    collected = settlement.sums_by("order_number", "supplier", kinds=(Kind.GOODS, Kind.FREIGHT))
    owed = settlement.sums_by("order_number", "supplier", kinds=(Kind.GOODS,))
    on_their_way, disputed = _streams_on_their_way(), settlement.disputed_orders()
    for key in sorted(ledger.keys() | collected.keys()):
        if key[0] in on_their_way:
            continue
        balances, of_goods = collected.get(key, {}), owed.get(key, {})
        found = (-balances.get(Account.CLEARING, 0), of_goods.get(Account.PAYABLE, 0))
        compared = 1 if key in disputed else 2
        if found[:compared] != ledger.get(key, (0, 0))[:compared]:
            yield f"order {key[0]} supplier {key[1]}: settlement {found}, ledger {ledger.get(key, (0, 0))}"


def subsidies_of_lines() -> Iterator[str]:
    """What the shop adds for a coupon that it bears = its part of the goods that are paid and not refunded."""
    sums = settlement.sums_by("source_key", kinds=(Kind.SUBSIDY,))
    on_their_way = _streams_on_their_way()
    for share in LineShare.objects.filter(subsidy_fen__gt=0).select_related("record").iterator():
        added = -sums.pop((f"subsidy:{share.pk}",), {}).get(Account.SUBSIDY, 0)
        if share.record.number in on_their_way:
            continue
        bought, expected = share.fen - share.reduced_fen, 0
        if share.record.payment_state == PaymentState.PAID and bought:
            whole = share.subsidy_fen * bought // share.fen
            expected = whole * (bought - share.refunded_fen) // bought
        if added != expected:
            yield f"order {share.record.number} share {share.number}: {added} of a coupon, {expected} expected"
    for (key,) in sorted(sums):
        yield f"{key}: fen of a coupon that the shop does not bear"


def outbox() -> Iterator[str]:
    """I6: no number of a stream is missing; nothing is dead."""
    counts = OutboxMessage.objects.filter(stream=OuterRef("name")).values("stream").annotate(n=Count("pk"))
    streams = OutboxStream.objects.annotate(n=Coalesce(Subquery(counts.values("n")), 0))
    for stream in streams.exclude(n=F("last_seq")):
        yield f"stream {stream.name}: {stream.n} messages, last number {stream.last_seq}"
    for delivery in OutboxDelivery.objects.filter(state=DeliveryState.DEAD).select_related("message"):
        yield f"dead: {delivery.message} at {delivery.handler}: {delivery.last_error}"


def _streams_on_their_way() -> set[str]:
    pending = OutboxDelivery.objects.exclude(state=DeliveryState.DONE).order_by()
    unrouted = OutboxMessage.objects.filter(routed_at=None).order_by()
    # One statement, one moment: between two, a message could pass from the second list to the first unseen.
    return set(
        pending.values_list("message__stream", flat=True).union(unrouted.values_list("stream", flat=True))
    )


def waiting() -> int:
    """Return how many orders and payments still have messages on their way."""
    return len(_streams_on_their_way())


CHECKS: tuple[tuple[str, Callable[[], Iterable[str]]], ...] = (
    ("stock, orders and amounts (I1, I2, I3)", ordering.violations),
    ("payments and refunds (I3)", gateways.violations),
    ("sources of the ledger (I4)", ledger_sources),
    ("ledger of lines (I5)", ledger_of_lines),
    ("receivables of lines (I5)", receivables_of_lines),
    ("settlement, statements and pay-outs", settlement.violations),
    ("settlement against the ledger", settlement_against_ledger),
    ("coupons borne by the shop", subsidies_of_lines),
    ("outbox (I6)", outbox),
)


def broken_promises() -> list[str]:
    """Return every broken promise as `name: what`; empty when all hold."""
    return [f"{name}: {sentence}" for name, check in CHECKS for sentence in check()]
