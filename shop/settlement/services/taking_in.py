"""The only writer of entries that follow from events: one event, one transaction, once."""

from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from shop.outbox.events import Event
from shop.outbox.models import OutboxMessage
from shop.settlement.book import Draft, OrderBook
from shop.settlement.exceptions import SettlementError
from shop.settlement.models import ParcelStanding, SettlementEntry, Standing, TakenEvent
from shop.settlement.services.entries import Origin, write_entries
from shop.settlement.taking import TAKES, TOPICS, parcels_in

_COLUMNS = ("is_paid", "paid_units", "paid_fen", "pots", "holds", "is_due")
_BATCH = 200


def take_event(event: Event) -> list[SettlementEntry]:
    """Take in one event and return its entries; a second call for the same event writes nothing.

    Earlier messages of its stream that were told before settlement listened are taken in first. Raises
    SettlementError when a rule would break; nothing is written then.
    """
    with transaction.atomic():
        before = not_taken().filter(stream=event.stream, seq__lt=event.seq).order_by("seq")
        for message in before:
            _take(event_of(message))
        return _take(event)


def not_taken() -> QuerySet[OutboxMessage]:
    """Return the messages that settlement has not taken in yet."""
    taken = TakenEvent.objects.filter(event_id=OuterRef("event_id"))
    return OutboxMessage.objects.filter(~Exists(taken), topic__in=TOPICS)


def catch_up(advance: Callable[[int], object] = lambda count: None) -> int:
    """Take in what was told before settlement listened, stream by stream; return how many messages. Safe twice.

    `advance` is told of each batch. A message that cannot be taken in raises SettlementError, with what came
    before it taken in.
    """
    taken = 0
    for messages in _batches():
        for message in messages:
            take_event(event_of(message))
        taken += len(messages)
        advance(len(messages))
    return taken


def _batches() -> Iterator[list[OutboxMessage]]:
    last = 0
    while batch := list(not_taken().filter(pk__gt=last).order_by("pk")[:_BATCH]):
        last = batch[-1].pk
        yield batch


def event_of(message: OutboxMessage) -> Event:
    """Return a stored message as its handlers see it."""
    return Event(
        message.event_id,
        message.topic,
        message.version,
        message.stream,
        message.seq,
        message.payload,
        message.occurred_at,
    )


def _take(event: Event) -> list[SettlementEntry]:
    if event.topic not in TAKES:
        raise SettlementError(f"settlement does not know {event.topic}")
    if TakenEvent.objects.filter(pk=event.event_id).exists():
        return []
    TakenEvent.objects.create(event_id=event.event_id, topic=event.topic, stream=event.stream, seq=event.seq)
    book = OrderBook.of(str(event.payload["order"]), parcels_in(event.payload))
    levels, parcels = book.levels(), dict(book.parcels)
    TAKES[event.topic](book, event)
    book.let_freight_follow()
    drafts = book.drafts(levels)
    _store(book, parcels)
    if not drafts:
        return []
    # News can come late with an early time of its own: fen never leave a place on a day before they reached it.
    posted = SettlementEntry.objects.filter(order_number=book.number)
    origin = Origin(event.event_id, event.occurred_at, posted.aggregate(day=Max("booked_on"))["day"])
    return write_entries([_entry(draft) for draft in drafts], origin)


def _entry(draft: Draft) -> SettlementEntry:
    row = draft.row
    return SettlementEntry(
        source_key=row.source_key,
        debit=draft.debit,
        credit=draft.credit,
        kind=draft.kind,
        fen=draft.fen,
        units=draft.units,
        rate_bp=row.rate_bp if draft.kind == "commission" else 0,
        supplier=row.supplier,
        demo=row.demo,
        order_number=row.order_number,
        line_number=row.line_number,
        product=row.product,
        product_name=row.product_name,
    )


def _store(book: OrderBook, parcels: dict[str, str]) -> None:
    rows = book.changed_rows()
    Standing.objects.bulk_create([row for row in rows if row.pk is None])
    Standing.objects.bulk_update([row for row in rows if row.pk is not None], _COLUMNS)
    moved = [
        ParcelStanding(parcel=parcel, order_number=book.number, stage=stage)
        for parcel, stage in book.parcels.items()
        if parcels.get(parcel) != stage
    ]
    if moved:
        ParcelStanding.objects.bulk_create(
            moved,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["parcel"],
            update_fields=["order_number", "stage"],
        )
