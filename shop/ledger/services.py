"""The only writer of the ledger: one event, one transaction, once."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from shop.core.locks import holding
from shop.ledger import acceptance, disputes, refunds, restating
from shop.ledger import posting as goods
from shop.ledger.book import ADVANCE, FACTS, Book, Draft, Source
from shop.ledger.closing_models import OpenMonth
from shop.ledger.exceptions import LedgerError
from shop.ledger.models import (
    EntryKind,
    LedgerEntry,
    Leg,
    ParcelProgress,
    PostedEvent,
    RefundHold,
    ShareProgress,
    Stage,
)
from shop.ledger.periods import booking_date
from shop.ledger.posting import Post, Posting, post
from shop.ledger.selectors import STAGES_OF_PROGRESS, order_book
from shop.outbox.events import Event

POSTS: dict[str, Post] = {
    "order.placed": goods.track_placed,
    "order.reduced": acceptance.reduce,
    "order.paid": goods.post_paid,
    "order.accepted": acceptance.post_accepted,
    "payment.captured": goods.post_capture,
    "unapplied.returned": goods.post_unapplied_returned,
    "unapplied.moved": goods.move_unapplied,
    "parcel.shipped": goods.move_shipped,
    "parcel.signed": goods.move_signed,
    "parcel.received": goods.move_received,
    "parcels.shipped": goods.move_shipped,
    "parcels.received": goods.move_received,
    "refund.requested": refunds.move_refund_requested,
    "refund.executed": refunds.post_refund_executed,
    "refund.failed": refunds.move_refund_failed,
    "dispute.opened": disputes.move_disputed,
    "dispute.settled": disputes.move_settled,
    "correction.approved": restating.restate,
    "claim.applied": restating.restate,
    "credit.applied": restating.restate,
    "evidence.graded": restating.restate,
}
TOPICS = tuple(POSTS)
PAYMENT_TOPICS = ("payment.captured", "unapplied.returned", "unapplied.moved")
#: Stages in which units of a share can stand.
_STAGES = tuple(str(stage) for stage in (*ADVANCE, Stage.REFUNDING))
_NEW: Callable[..., LedgerEntry] = LedgerEntry
_ID, *_FIELDS = (field.attname for field in LedgerEntry._meta.concrete_fields)
_POSTED = PostedEvent._meta.concrete_fields
_OPEN_FROM = PostedEvent._meta.get_field("open_from")
_NOTED = tuple(field for field in _POSTED if field is not _OPEN_FROM)
_COLUMNS = ", ".join(str(field.column) for field in (*_NOTED, _OPEN_FROM))
_TAKE_IN = (
    f"INSERT INTO {PostedEvent._meta.db_table} ({_COLUMNS})"  # noqa: S608 - our own tables' names
    f" SELECT {', '.join(['%s'] * len(_NOTED))}, first_day FROM {OpenMonth._meta.db_table} WHERE TRUE"
)
_ONCE = f" ON CONFLICT DO NOTHING RETURNING {_OPEN_FROM.column}"


def post_event(event: Event) -> list[LedgerEntry]:
    """Post one event and return its entries; a second call for the same event posts nothing.

    Raises CaptureMissing when the money of the event is not posted yet, LedgerError when a counting
    rule would break; either way nothing is written.
    """
    with transaction.atomic():
        open_from = _take_in(event)
        if open_from is None:
            return []
        number = order_of(event)
        book = order_book(number, payment_keys(event.payload), parcels_of(event))
        booked_on = booking_date(event.occurred_at, book.booked_through, open_from)
        result = post(POSTS, book, event, booked_on)
        drafts = result.drafts()
        check(book, result, drafts)
        own = {"event_id": event.event_id, "occurred_at": event.occurred_at, "booked_on": booked_on}
        entries = [_entry(own | fields_of(draft)) for draft in drafts]
        LedgerEntry.objects.bulk_create(entries)
        _store(book, result, number, event)
        return entries


def _take_in(event: Event) -> dt.date | None:
    """Note that the ledger has the event; return the first day that is open for entries, None when it had it before.

    No month can be closed until the transaction ends. Of two postings of one event at once the second waits.
    """
    posted = PostedEvent(event.event_id, event.topic, event.stream, event.occurred_at)
    values = [field.get_db_prep_save(getattr(posted, field.attname), connection) for field in _NOTED]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_IN + holding() + _ONCE, values)
        day = cursor.fetchone()
    # SQLite hands out the text that it stores.
    return _OPEN_FROM.to_python(day[0]) if day else None


def order_of(event: Event) -> str:
    """Return the order whose balances an event changes; payments alone have none."""
    return "" if event.topic in PAYMENT_TOPICS else str(event.payload["order"])


def parcels_of(event: Event) -> list[str]:
    """Return the parcels whose place an event changes."""
    return goods.parcels_in(event.payload) if event.topic.startswith(("parcel.", "parcels.")) else []


def payment_keys(payload: dict[str, Any]) -> list[str]:
    """Return the payments an event takes from, or gives to, as unapplied money."""
    keys = [item["payment_key"] for item in payload.get("payments", [])]
    return [*keys, payload["payment_key"]] if "payment_key" in payload else keys


def fields_of(draft: Draft) -> dict[str, Any]:
    """Return a draft's columns, all but the event's own id and times."""
    fields = draft._asdict()
    facts = fields.pop("facts")
    for name in ("kind", "stage", "leg"):
        fields[name] = str(fields[name])
    for name in FACTS:
        fields[name] = facts[name]
    return fields


def _entry(fields: dict[str, Any]) -> LedgerEntry:
    """Return an entry that is not stored yet; values in the order of its columns are taken in twice as fast."""
    return _NEW(None, *[fields[name] for name in _FIELDS])


def check(book: Book, result: Posting, drafts: list[Draft]) -> None:
    """Raise LedgerError when moves do not sum to zero, or a stage would be negative or lose units."""
    if sum(draft.fen for draft in drafts if draft.leg == Leg.MOVE):
        raise LedgerError("the moves of an event do not sum to zero")
    for key in result.touched:
        source = book.sources.get(key)
        if source is None:
            continue
        if source.applied.cells:
            _check_source(source)
        else:
            _check_receivable(source)


def _check_source(source: Source) -> None:
    posted = dict.fromkeys(_STAGES, 0)
    for (stage, _month), pot in source.pots.items():
        if (fen := pot.fen) < 0:
            raise LedgerError(f"{source.key} would have {fen} fen in {stage}")
        if stage in posted:
            posted[stage] += pot.units
    if source.kind != EntryKind.GOODS:
        return
    for stage, units in posted.items():
        if units != source.progress[stage]:
            raise LedgerError(f"{source.key}: {units} units posted {stage}, {source.progress[stage]} there")


def _check_receivable(source: Source) -> None:
    owed = source.receivable
    accepted = source.progress.get(Stage.CONFIRMED, 0) if source.by_acceptance else 0
    if owed.fen < 0 or owed.units != accepted:
        raise LedgerError(
            f"{source.key} would have {owed.fen} fen receivable for {owed.units} of {accepted} units accepted"
        )


def _store(book: Book, result: Posting, number: str, event: Event) -> None:
    """Keep the progress, holds and parcels that the event changed."""
    touched = [
        book.sources[key]
        for key in sorted(result.touched)
        if key in book.sources and book.sources[key].progress
    ]
    _store_progress(touched, number, is_new=event.topic == "order.placed")
    if parcels := parcels_of(event):
        ParcelProgress.objects.bulk_create(
            [ParcelProgress(parcel=key, order_number=number, stage=book.parcels[key]) for key in parcels],
            update_conflicts=True,
            unique_fields=["parcel"],
            update_fields=["order_number", "stage"],
        )
    if event.topic.startswith(("refund.", "parcel", "dispute.", "order.accepted")):
        _store_holds(touched, number)


def _store_progress(sources: list[Source], number: str, *, is_new: bool) -> None:
    """Write the progress of the sources whose units have moved, in one statement."""
    rows = [
        ShareProgress(
            source_key=source.key,
            order_number=number,
            units=sum(source.progress.values()),
            by_acceptance=source.by_acceptance,
            **source.progress,
        )
        for source in sources
        if source.progress != source.stored
    ]
    if is_new:
        ShareProgress.objects.bulk_create(rows)
    elif rows:
        ShareProgress.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["source_key"], update_fields=STAGES_OF_PROGRESS
        )


def _store_holds(sources: list[Source], number: str) -> None:
    if stored := [source.key for source in sources if source.has_stored_holds]:
        RefundHold.objects.filter(source_key__in=stored).delete()
    RefundHold.objects.bulk_create(
        RefundHold(
            refund=hold.refund,
            order_number=number,
            source_key=source.key,
            stage=hold.place[0],
            month=hold.place[1],
            units=hold.pot.units,
            cells={key: [cell.fen, cell.ex] for key, cell in hold.pot.cells.items()},
            disputed=hold.disputed,
        )
        for source in sources
        for hold in source.holds
    )
