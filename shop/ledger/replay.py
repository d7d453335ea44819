"""Compute the ledger again from the messages, in memory, and compare it with the stored one byte for byte."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from shop.ledger.book import Book
from shop.ledger.closing_models import Statement
from shop.ledger.exceptions import LedgerError
from shop.ledger.models import LedgerEntry, PostedEvent
from shop.ledger.periods import booking_date, month_end
from shop.ledger.posting import post
from shop.ledger.selectors import CANONICAL, canonical_line
from shop.ledger.services import POSTS, TOPICS, check, fields_of, order_of, payment_keys
from shop.ledger.statements import Signed, Values, body_of, summed
from shop.outbox.events import Event
from shop.outbox.models import OutboxMessage

BATCH = 500


@dataclass
class Scratch:
    """The books of every order, and every capture, while the messages are read."""

    books: dict[str, Book] = field(default_factory=dict)
    captures: Book = field(default_factory=Book)

    def entries(self, event: Event, open_from: dt.date | None) -> list[Values]:
        """Post an event and return its entries as they would be stored."""
        book = self.books.setdefault(order_of(event) or f"payment {event.stream}", Book())
        for key in payment_keys(event.payload):
            if key in self.captures.captures:
                book.captures[key] = self.captures.captures[key]
        booked_on = booking_date(event.occurred_at, book.booked_through, open_from)
        result = post(POSTS, book, event, booked_on)
        drafts = result.drafts()
        check(book, result, drafts)
        self.captures.captures |= book.captures
        own = {"event_id": event.event_id, "occurred_at": event.occurred_at, "booked_on": booked_on}
        return [own | fields_of(draft) for draft in drafts]


@dataclass
class Replay:
    """What came of it: digests over all lines in message order, and where they differ."""

    events: int = 0
    entries: int = 0
    waiting: int = 0
    stored_digest: str = ""
    replayed_digest: str = ""
    differences: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)


def replay(advance: Callable[[int], object] = lambda count: None, month: dt.date | None = None) -> Replay:
    """Replay every posted message in the order of its id; nothing is written. `advance` is told of each batch.

    With a `month`, only what is booked in it is compared, and its statements are made again byte for byte.
    """
    result, scratch = Replay(), Scratch()
    stored_hash, replayed_hash = hashlib.sha256(), hashlib.sha256()
    of_month: list[Values] = []
    for batch in _batches():
        ids = [message.event_id for message in batch]
        posted = dict(PostedEvent.objects.filter(event_id__in=ids).values_list("event_id", "open_from"))
        stored = _stored(ids, month)
        for message in batch:
            have = sorted(stored.get(message.event_id, []))
            if message.event_id not in posted and not have:
                result.waiting += 1
                continue
            entries = _again(scratch, message, posted.get(message.event_id), result)
            if month is not None:
                entries = [entry for entry in entries if entry["booked_on"].replace(day=1) == month]
                of_month += entries
            again = sorted(canonical_line(entry) for entry in entries)
            stored_hash.update(b"\n".join(have))
            replayed_hash.update(b"\n".join(again))
            result.events += 1
            result.entries += len(have)
            result.differences += _differences(message, have, again)
        advance(len(batch))
    _extra(result, month)
    if month is not None:
        _compare_statements(result, month, of_month)
    result.stored_digest, result.replayed_digest = stored_hash.hexdigest(), replayed_hash.hexdigest()
    return result


def _compare_statements(result: Replay, month: dt.date, entries: list[Values]) -> None:
    """Make the month's statements out of replayed entries, and name each whose bytes differ."""
    for statement in Statement.objects.filter(month=month).order_by("demo"):
        rows = [entry for entry in entries if entry["demo"] == statement.demo]
        rows.sort(key=lambda entry: entry["event_id"])
        before = Statement.objects.filter(demo=statement.demo, month__lt=month).order_by("-month").first()
        signed = Signed(
            statement.prepared_by,
            statement.reviewed_by,
            statement.released_by,
            statement.released_at,
            statement.rule_version,
        )
        previous = json.loads(before.body) if before else None
        body = body_of(summed(month, statement.demo, rows), signed, previous, before.digest if before else "")
        result.statements.append(statement.number)
        if body != statement.body:
            result.differences.append(f"statement {statement.number} cannot be made again from the events")


def messages_count() -> int:
    """Return how many messages a replay reads."""
    return OutboxMessage.objects.filter(topic__in=TOPICS).count()


def _batches() -> Iterator[list[OutboxMessage]]:
    last = 0
    while batch := list(OutboxMessage.objects.filter(topic__in=TOPICS, id__gt=last).order_by("id")[:BATCH]):
        last = batch[-1].pk
        yield batch


def _again(
    scratch: Scratch, message: OutboxMessage, open_from: dt.date | None, result: Replay
) -> list[Values]:
    event = Event(
        message.event_id,
        message.topic,
        message.version,
        message.stream,
        message.seq,
        message.payload,
        message.occurred_at,
    )
    try:
        return scratch.entries(event, open_from)
    except LedgerError as error:
        result.differences.append(f"{message} cannot be replayed: {error}")
        return []


def _booked(month: dt.date | None) -> QuerySet[LedgerEntry]:
    entries = LedgerEntry.objects.all()
    return entries.filter(booked_on__gte=month, booked_on__lt=month_end(month)) if month else entries


def _stored(event_ids: list[Any], month: dt.date | None) -> dict[Any, list[bytes]]:
    lines: dict[Any, list[bytes]] = {}
    for values in _booked(month).filter(event_id__in=event_ids).values(*CANONICAL):
        lines.setdefault(values["event_id"], []).append(canonical_line(values))
    return lines


def _differences(message: OutboxMessage, have: list[bytes], again: list[bytes]) -> Iterator[str]:
    if have == again:
        return
    for sign, lines, others in (("−", have, again), ("+", again, have)):
        for line in lines:
            if line not in others:
                yield f"{message}: {sign} {line.decode().replace(chr(0x1F), ' ')}"
    if sorted(set(have)) == sorted(set(again)):
        yield f"{message}: {len(have)} entries stored, {len(again)} replayed"


def _extra(result: Replay, month: dt.date | None) -> None:
    """Name entries that no message of the ledger's topics explains."""
    known = OutboxMessage.objects.filter(topic__in=TOPICS).values("event_id")
    for entry in _booked(month).exclude(event_id__in=known).order_by("id").iterator():
        result.differences.append(f"entry {entry.pk} ({entry}) has no message")
