"""From an event and the balances so far to the entries that follow from it; pure, nothing is written here."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from shop.core import fen as money
from shop.core.clock import month_of
from shop.ledger.book import (
    ADVANCE,
    DIMENSIONS,
    GONE,
    NO_PAYMENT,
    UNCONFIRMED,
    Amount,
    Book,
    Capture,
    Draft,
    Facts,
    Hold,
    Place,
    Pot,
    Source,
)
from shop.ledger.exceptions import CaptureMissing, LedgerError
from shop.ledger.models import EntryKind, Leg, Stage
from shop.outbox.events import Event

RULE_VERSION = "1"
VERIFIED, DOCUMENT_ONLY = "B", "D"

_Key = tuple[str, str, str, str, str, dt.date | None]


class Posting:
    """Collects the entries of one event and keeps the book in step."""

    def __init__(self, book: Book, booked_on: dt.date) -> None:
        self.book = book
        self.booked_on = booked_on
        self.touched: set[str] = set()
        self._lines: dict[_Key, tuple[Amount, list[int], str, Facts]] = {}

    def put(
        self,
        source: Source,
        stage: str,
        payment_key: str,
        leg: str,
        amount: Amount,
        *,
        units: int = 0,
        relates_to: dt.date | None = None,
    ) -> None:
        """Post fen of a source; entries with the same key become one."""
        grade = self.book.grades.get(payment_key)
        if grade is None:
            raise LedgerError(f"payment {payment_key} was never applied to the order of {source.key}")
        self._post(
            (source.key, source.kind, stage, payment_key, leg, relates_to), amount, units, grade, source.facts
        )

    def put_unapplied(self, payment_key: str, leg: str, fen: int) -> None:
        """Post money of a payment that no order has."""
        capture = self.book.captures[payment_key]
        key = (payment_key, EntryKind.UNAPPLIED, Stage.NONE, payment_key, leg, None)
        self._post(key, Amount(fen), 0, capture.grade, capture.facts)

    def put_receivable(self, source: Source, amount: Amount, *, units: int = 0) -> None:
        """Post what of a share is accepted and not paid, or take it out again; no payment has a part in it."""
        key = (source.key, source.kind, Stage.RECEIVABLE, NO_PAYMENT, Leg.RECEIVABLE, None)
        self._post(key, amount, units, "", source.facts)

    def _post(self, key: _Key, amount: Amount, units: int, grade: str, facts: Facts) -> None:
        total, count, _, _ = self._lines.setdefault(key, (Amount(), [0], grade, facts))
        total.fen += amount.fen
        total.ex += amount.ex
        count[0] += units
        self.touched.add(key[0])
        self.book.add(Draft(*key[:5], amount.fen, amount.ex, units, key[5], 0, grade, facts), self.booked_on)

    def move(self, source: Source, start: Place, end: Place, piece: Pot, *, months: bool = True) -> None:
        """Move a piece of a pot to another place: for each payment two entries that sum to zero.

        Out of `confirmed`, and back into a month of it, both carry that month.
        """
        relates_to = (start[1] or end[1]) if months else None
        units = piece.units
        for payment_key, amount in piece.cells.items():
            taken = Amount(-amount.fen, -amount.ex)
            self.put(source, start[0], payment_key, Leg.MOVE, taken, units=-units, relates_to=relates_to)
            self.put(source, end[0], payment_key, Leg.MOVE, amount, units=units, relates_to=relates_to)
            units = 0

    def drafts(self) -> list[Draft]:
        """Return the entries; several months at one key are told apart by `part`."""
        drafts: list[Draft] = []
        parts: dict[tuple[str, ...], int] = {}
        for key in sorted(self._lines, key=lambda key: (key[:5], key[5] or dt.date.min)):
            amount, (units,), grade, facts = self._lines[key]
            if not (amount.fen or amount.ex or units):
                continue
            part = parts.get(key[:5], 0)
            parts[key[:5]] = part + 1
            drafts.append(Draft(*key[:5], amount.fen, amount.ex, units, key[5], part, grade, facts))
        return drafts


def shift_units(source: Source, start: str, end: str, units: int) -> None:
    """Count units of a share out of one stage and into another."""
    source.progress[start] -= units
    source.progress[end] += units
    if source.progress[start] < 0:
        raise LedgerError(f"{source.key} has fewer than {units} units {start}")


def track_placed(posting: Posting, payload: dict[str, Any]) -> None:
    """Know the shares of an order; no fen yet."""
    for item in payload["shares"]:
        source = posting.book.sources.setdefault(item["source_key"], Source(item["source_key"]))
        if source.progress:
            raise LedgerError(f"share {source.key} was placed before")
        source.by_acceptance = bool(payload.get("by_acceptance"))
        source.progress = dict.fromkeys([*ADVANCE, Stage.REFUNDING, GONE], 0)
        source.progress[Stage.UNSHIPPED] = item["units"]
        posting.touched.add(source.key)


def post_capture(posting: Posting, payload: dict[str, Any]) -> None:
    """Every capture is unapplied first."""
    key = payload["payment_key"]
    if payload["fen"] <= 0 or key in posting.book.captures:
        raise LedgerError(f"payment {key} of {payload['fen']} fen cannot be captured, or was captured before")
    facts: Facts = dict.fromkeys(DIMENSIONS, "")
    facts |= {"rule_version": RULE_VERSION, "eligibility": "", "ineligible_reason": "", "line_number": 0}
    facts |= {"demo": payload["demo"], "order_number": payload.get("order") or ""}
    posting.book.captures[key] = Capture(facts, VERIFIED if payload.get("verified") else DOCUMENT_ONLY)
    posting.put_unapplied(key, Leg.CAPTURE, payload["fen"])


def post_unapplied_returned(posting: Posting, payload: dict[str, Any]) -> None:
    """Money no order has goes back."""
    _take_unapplied(posting, payload["payment_key"], payload["fen"], Leg.REFUND)


def move_unapplied(posting: Posting, payload: dict[str, Any]) -> None:
    """A part of money no order has becomes a payment of its own, of another order of the same payer."""
    key, fen = payload["payment_key"], payload["fen"]
    [part] = [item["payment_key"] for item in payload["payments"]]
    if part in posting.book.captures:
        raise LedgerError(f"payment {part} was posted before")
    _take_unapplied(posting, key, fen, Leg.MOVE)
    capture = posting.book.captures[key]
    facts = capture.facts | {"order_number": payload["order"]}
    posting.book.captures[part] = Capture(facts, capture.grade)
    posting.put_unapplied(part, Leg.MOVE, fen)


def _take_unapplied(posting: Posting, payment_key: str, fen: int, leg: str) -> None:
    capture = posting.book.captures.get(payment_key)
    if capture is None:
        raise CaptureMissing(f"the capture of {payment_key} is not posted yet")
    if not 0 < fen <= capture.unapplied:
        raise LedgerError(f"{fen} fen of {payment_key} are wanted, {capture.unapplied} are unapplied")
    posting.put_unapplied(payment_key, leg, -fen)


def post_paid(posting: Posting, payload: dict[str, Any]) -> None:
    """Apply payments in capture order over shares in line order, charges last (counting rules, section 1)."""
    payments = [[item["payment_key"], item["fen"]] for item in payload["payments"]]
    for payment_key, fen in payments:
        _take_unapplied(posting, payment_key, fen, Leg.APPLY)
        posting.book.grades[payment_key] = posting.book.captures[payment_key].grade
    shares = sorted(payload["shares"], key=lambda item: item["number"])
    charges = sorted(payload["charges"], key=lambda item: item["number"])
    due = sum(item["fen"] for item in [*shares, *charges])
    if not payments or due != sum(fen for _, fen in payments):
        raise LedgerError(f"order {payload['order']} is due {due} fen, its payments differ")
    for item in shares:
        _apply_share(posting, payload, item, payments)
    for item in charges:
        source = _source(posting, payload, item, item["kind"])
        for payment_key, fen in _tender(payments, item["fen"]):
            posting.put(source, Stage.NONE, payment_key, Leg.APPLY, Amount(fen))


def _ex(pot: Pot) -> int:
    return sum(amount.ex for amount in pot.cells.values())


def _source(posting: Posting, payload: dict[str, Any], item: dict[str, Any], kind: str) -> Source:
    source = posting.book.sources.setdefault(item["source_key"], Source(item["source_key"]))
    if source.applied.cells:
        raise LedgerError(f"{source.key} is paid already")
    source.kind = kind
    source.facts = facts_of(payload, item)
    return source


def facts_of(payload: dict[str, Any], item: dict[str, Any]) -> Facts:
    """Return the snapshots that every entry of a share or charge carries."""
    dims = item["dims"]
    return {name: str(dims.get(name) or "") for name in DIMENSIONS} | {
        "rule_version": str(dims.get("rule_version") or RULE_VERSION),
        "eligibility": item.get("eligibility", ""),
        "ineligible_reason": item.get("reason", ""),
        "demo": payload["demo"],
        "order_number": payload["order"],
        "line_number": item.get("line_number") or 0,
    }


def _tender(payments: list[list[Any]], fen: int) -> Iterable[tuple[str, int]]:
    """Use up payments, first captured first; at least one part, so that free units have a payment too."""
    first = True
    for payment in payments:
        part = min(payment[1], fen)
        if part or (first and (payment[1] or payment is payments[-1])):
            payment[1] -= part
            fen -= part
            first = False
            yield payment[0], part
        if not fen and not first:
            return


def _apply_share(
    posting: Posting, payload: dict[str, Any], item: dict[str, Any], payments: list[list[Any]]
) -> None:
    """Post a share into the stages its units stand in now, the most advanced units first."""
    posting.book.share(item["source_key"])
    source = _source(posting, payload, item, EntryKind.GOODS)
    owed = source.receivable
    if owed.units or owed.fen:
        posting.put_receivable(source, Amount(-owed.fen, -_ex(owed)), units=-owed.units)
    units, whole, ex_whole = item["units"], item["fen"], item["ex_tax_fen"]
    if units != sum(source.progress[stage] for stage in ADVANCE) or (whole and not units):
        raise LedgerError(f"{source.key} is paid for {units} units, {source.progress} are there")
    done = before = 0
    for stage in reversed(ADVANCE):
        count = source.progress[stage]
        if not count:
            continue
        worth = money.units_worth(whole, units, before, count)
        before += count
        for payment_key, fen in _tender(payments, worth):
            ex = (ex_whole * (done + fen) // whole - ex_whole * done // whole) if whole else 0
            done += fen
            posting.put(source, stage, payment_key, Leg.APPLY, Amount(fen, ex), units=count)
            count = 0  # all units of the stage stand on its first entry


def parcels_in(payload: dict[str, Any]) -> list[str]:
    """Return the parcels that an event tells of: one, or all of a list whose sums its items are."""
    return (
        [str(pk) for pk in payload["parcel_ids"]] if "parcel_ids" in payload else [str(payload["parcel_id"])]
    )


def move_shipped(posting: Posting, payload: dict[str, Any]) -> None:
    """Goods left the supplier, in one parcel or in many."""
    parcels = parcels_in(payload)
    for parcel in parcels:
        if parcel in posting.book.parcels:
            raise LedgerError(f"parcel {parcel} was shipped before")
    _advance_parcels(posting, payload, parcels, Stage.UNSHIPPED, Stage.IN_TRANSIT)


def move_signed(posting: Posting, payload: dict[str, Any]) -> None:
    """Goods were signed for; news that comes after the receipt moves nothing."""
    parcels = parcels_in(payload)
    start = _stage_of_parcels(posting, parcels)
    if start == Stage.IN_TRANSIT:
        _advance_parcels(posting, payload, parcels, start, Stage.RECEIVED)


def move_received(posting: Posting, payload: dict[str, Any]) -> None:
    """A resident's receipt: confirmed, wherever the parcel stood. An organisation's waits for the report."""
    parcels = parcels_in(payload)
    start = _stage_of_parcels(posting, parcels)
    waits = any(posting.book.share(item["source_key"]).by_acceptance for item in payload["items"])
    end = Stage.RECEIVED if waits else Stage.CONFIRMED
    if start not in (end, Stage.CONFIRMED):
        _advance_parcels(posting, payload, parcels, start, end)


def _stage_of_parcels(posting: Posting, parcels: list[str]) -> str:
    for parcel in parcels:
        if parcel not in posting.book.parcels:
            raise LedgerError(f"parcel {parcel} was never shipped")
    stages = {posting.book.parcels[parcel] for parcel in parcels}
    if len(stages) > 1:
        raise LedgerError(f"parcels of one event stand in {sorted(stages)}")
    return stages.pop()


def _advance_parcels(
    posting: Posting, payload: dict[str, Any], parcels: list[str], start: str, end: str
) -> None:
    for item in payload["items"]:
        source = posting.book.share(item["source_key"])
        posting.touched.add(source.key)
        advance(posting, source, start, end, item["units"])
    posting.book.parcels |= dict.fromkeys(parcels, end)


def advance(posting: Posting, source: Source, start: str, end: str, units: int) -> None:
    """Move units and their fen on. Units under a refund only change where they stand; refunded ones are gone."""
    ahead = _ahead(source, start)
    count = min(units, source.progress[start])
    # The layer only names the place; entries into `confirmed` are of the month they are booked in.
    month = month_of(posting.booked_on) if end == Stage.CONFIRMED else None
    if count and source.applied.cells:
        pot = source.pot((start, None))
        piece = pot.piece(units=count, fen=source.worth((start, None), count))
        posting.move(source, (start, None), (end, month), piece, months=False)
    shift_units(source, start, end, count)
    rest = units - count
    for hold in list(source.holds):
        if not rest or hold.place[0] != start or not hold.pot.units:
            continue
        taken = min(rest, hold.pot.units)
        advance_hold(source, hold_index=source.holds.index(hold), end=end, units=taken)
        rest -= taken
    if rest > source.progress[GONE] + ahead:
        raise LedgerError(f"{source.key} has {rest} units fewer {start} than its parcel")


def _ahead(source: Source, start: str) -> int:
    """Return the units that a report may have accepted before their parcel was told of; 0 without reports."""
    if not source.by_acceptance:
        return 0
    further = ADVANCE[ADVANCE.index(Stage(start)) + 1 :]
    held = sum(hold.pot.units for hold in source.holds if hold.place[0] in further)
    return held + sum(source.progress[stage] for stage in further)


def advance_hold(source: Source, *, hold_index: int, end: str, units: int) -> None:
    hold = source.holds[hold_index]
    if units == hold.pot.units:
        hold.place = (end, None)
        return
    piece = hold.pot.piece(units=units, fen=money.units_worth(hold.pot.fen, hold.pot.units, 0, units))
    for key, amount in piece.cells.items():
        hold.pot.cells[key].fen -= amount.fen
        hold.pot.cells[key].ex -= amount.ex
    hold.pot.units -= units
    source.holds.append(replace(hold, place=(end, None), pot=piece))


def move_back(posting: Posting, source: Source, hold: Hold, held_in: Place) -> None:
    """Move what a hold took back to where its units stand by now."""
    stage, month = hold.place
    # Received meanwhile: confirmed for the first time, in the month of this event.
    is_new = stage == Stage.CONFIRMED and month is None
    end: Place = (stage, month_of(posting.booked_on)) if is_new else hold.place
    posting.move(source, held_in, end, hold.pot, months=not is_new)
    shift_units(source, held_in[0], stage, hold.pot.units)
    source.holds.remove(hold)


def sweep(posting: Posting, source: Source) -> None:
    """Fen of a stage whose units have all left follow the units that are left of the share."""
    for stage in UNCONFIRMED:
        pot = source.pot((stage, None))
        if pot.units or not pot.fen:
            continue
        target = next((name for name in UNCONFIRMED if source.progress[name]), None)
        if target is None and source.progress[Stage.CONFIRMED]:
            target = Stage.CONFIRMED
        if target is None:
            continue
        month = month_of(posting.booked_on) if target == Stage.CONFIRMED else None
        posting.move(source, (stage, None), (target, month), pot.piece(units=0, fen=pot.fen), months=False)


Post = Callable[[Posting, dict[str, Any]], None]


def post(table: dict[str, Post], book: Book, event: Event, booked_on: dt.date) -> Posting:
    """Post an event into a book and return what was posted. Raises LedgerError when a rule would break."""
    if event.topic not in table:
        raise LedgerError(f"the ledger does not know {event.topic}")
    posting = Posting(book, booked_on)
    table[event.topic](posting, event.payload)
    return posting
