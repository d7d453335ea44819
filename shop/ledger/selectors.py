"""Read what is posted."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from shop.gateways.models import Payment
from shop.ledger.book import ADVANCE, FACTS, GONE, Amount, Book, Draft, Hold, Pot, Source
from shop.ledger.models import EntryKind, LedgerEntry, ParcelProgress, RefundHold, ShareProgress, Stage

STAGES_OF_PROGRESS = (*(str(stage) for stage in ADVANCE), str(Stage.REFUNDING), GONE)
_KEY = ("source_key", "kind", "stage", "payment_key", "leg")
_VALUES = (*_KEY, "fen", "ex_tax_fen", "units", "relates_to", "part", "grade")

#: Fields of an entry that a replay must reproduce, in the order of the canonical bytes.
CANONICAL = ("event_id", *_VALUES, "occurred_at", "booked_on", *FACTS)


def order_book(order_number: str, payment_keys: Iterable[str], parcels: Iterable[str] = ()) -> Book:
    """Return the balances of an order and of the named payments, and where the named parcels of the order stand.

    Without an order, payments alone. Constant queries; rows are read as values, since there may be hundreds. Of the
    parcels only those named: an order to many recipients has thousands, and each is posted on its own.
    """
    book = Book()
    if order_number:
        _add_shares(book, order_number)
    if named := list(parcels):
        moved = ParcelProgress.objects.filter(order_number=order_number, parcel__in=named)
        book.parcels |= dict(moved.values_list("parcel", "stage"))
    entries = _entries(order_number, list(payment_keys))
    for booked_on, *values in entries.values_list("booked_on", *_VALUES, *FACTS):
        own, facts = values[: len(_VALUES)], values[len(_VALUES) :]
        book.add(Draft._make([*own, dict(zip(FACTS, facts, strict=True))]), booked_on)
    if any(source.is_held for source in book.sources.values()):
        _add_holds(book, order_number)
    return book


def _add_shares(book: Book, order_number: str) -> None:
    shares = ShareProgress.objects.filter(order_number=order_number).order_by("id")
    for key, by_acceptance, *units in shares.values_list("source_key", "by_acceptance", *STAGES_OF_PROGRESS):
        progress = dict(zip(STAGES_OF_PROGRESS, units, strict=True))
        book.sources[key] = Source(key, progress=progress, stored=dict(progress), by_acceptance=by_acceptance)


def _add_holds(book: Book, order_number: str) -> None:
    for hold in RefundHold.objects.filter(order_number=order_number).order_by("id"):
        cells = {key: Amount(fen, ex) for key, (fen, ex) in hold.cells.items()}
        place = (hold.stage, hold.month)
        source = book.sources[hold.source_key]
        source.holds.append(Hold(hold.refund, place, Pot(hold.units, cells), hold.disputed))
        source.has_stored_holds = True


def _entries(order_number: str, payment_keys: list[str]) -> QuerySet[LedgerEntry]:
    wanted = Q(kind=EntryKind.UNAPPLIED, payment_key__in=payment_keys)
    if order_number:
        wanted |= Q(order_number=order_number) & ~Q(kind=EntryKind.UNAPPLIED)
    return LedgerEntry.objects.filter(wanted).order_by("id")


def with_posted_fen(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Return payments with what the ledger holds of each: `posted_fen` in all, `posted_unapplied_fen` of it unapplied.

    Receivable entries name no payment and so are never part of it (invariant 5 of the counting rules).
    """
    of_payment = LedgerEntry.objects.filter(payment_key=OuterRef("key")).exclude(stage=Stage.RECEIVABLE)
    unapplied = of_payment.filter(kind=EntryKind.UNAPPLIED)
    return payments.annotate(posted_fen=_total(of_payment), posted_unapplied_fen=_total(unapplied))


def _total(entries: QuerySet[LedgerEntry]) -> Coalesce:
    sums = entries.order_by().values("payment_key").annotate(total=Sum("fen")).values("total")
    return Coalesce(Subquery(sums), 0, output_field=BigIntegerField())


def canonical_line(values: Mapping[str, Any]) -> bytes:
    """Return one entry's business fields as one line of bytes: no row ids, no insert times, instants in UTC.

    What would break the line is escaped, so that whoever reads it gets the same fields back.
    """
    texts = []
    for name in CANONICAL:
        value = values[name]
        if isinstance(value, dt.datetime):
            value = value.astimezone(dt.UTC).isoformat()
        texts.append(f"{name}={_one_line(value) if isinstance(value, str) else value}")
    return "\x1f".join(texts).encode()


def _one_line(text: str) -> str:
    if text.isprintable() and "\\" not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return escaped.replace("\x1f", "\\u001f")
