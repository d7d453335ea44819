"""Refunds: asked for (`refunding`), executed (negative entries), failed (back to where the units stand)."""

from typing import Any

from shop.ledger.book import GONE, UNCONFIRMED, Amount, Hold, Place, Pot, Source
from shop.ledger.disputes import end_disputes
from shop.ledger.exceptions import LedgerError
from shop.ledger.models import EntryKind, Leg, Stage
from shop.ledger.posting import Posting, move_back, shift_units, sweep

REFUNDING: Place = (Stage.REFUNDING, None)


def move_refund_requested(posting: Posting, payload: dict[str, Any]) -> None:
    """Move what is asked for to `refunding`: unconfirmed first, then the latest confirmed first.

    Disputed goods belong to a replacement: when a refund needs them, that has an end.

    Charges have no stage: they are only reduced when the refund is executed.
    """
    for item in payload["items"]:
        source = _paid_source(posting, item["source_key"])
        if source.kind != EntryKind.GOODS:
            continue
        if not _is_free(source, item.get("units") or 0, item["fen"]):
            end_disputes(posting, source)
        for place, units, fen in _plan(source, item.get("units") or 0, item["fen"]):
            piece = source.pot(place).piece(units=units, fen=fen, proportional=True)
            posting.move(source, place, REFUNDING, piece)
            shift_units(source, place[0], Stage.REFUNDING, units)
            source.holds.append(Hold(payload["refund"], place, piece))
        sweep(posting, source)


def _paid_source(posting: Posting, key: str) -> Source:
    source = posting.book.sources.get(key)
    if source is None or not source.applied.cells:
        raise LedgerError(f"{key} is not paid: there is nothing to refund")
    return source


def _free(source: Source) -> list[Place]:
    return [*((stage, None) for stage in UNCONFIRMED if stage != Stage.DISPUTED), *source.layers()]


def _is_free(source: Source, units: int, fen: int) -> bool:
    """Say whether that much is there without what is disputed."""
    pots = [source.pot(place) for place in _free(source)]
    return units <= sum(pot.units for pot in pots) and fen <= sum(pot.fen for pot in pots)


def _plan(source: Source, units: int, fen: int) -> list[tuple[Place, int, int]]:
    """Return places with the units and fen to take from each. Raises LedgerError when that much is not there."""
    places = _free(source)
    counts, parts = [], []
    for place in places:
        count = min(units, source.pot(place).units)
        units -= count
        part = min(source.worth(place, count), fen) if count else 0
        fen -= part
        counts.append(count)
        parts.append(part)
    for index, place in enumerate(places):
        more = min(source.pot(place).fen - parts[index], fen)
        parts[index] += more
        fen -= more
    if units or fen:
        raise LedgerError(f"{source.key} has {units} units and {fen} fen fewer than the refund")
    return [row for row in zip(places, counts, parts, strict=True) if row[1] or row[2]]


def move_refund_failed(posting: Posting, payload: dict[str, Any]) -> None:
    """Move the same fen back to where their units stand by now; a withdrawn request comes here too."""
    for item in payload["items"]:
        source = _paid_source(posting, item["source_key"])
        if source.kind != EntryKind.GOODS:
            continue
        for hold in _holds(source, payload["refund"]):
            move_back(posting, source, hold, REFUNDING)
        sweep(posting, source)


def _holds(source: Source, refund: str) -> list[Hold]:
    holds = [hold for hold in source.holds if hold.refund == refund]
    if not holds:
        raise LedgerError(f"refund {refund} holds nothing of {source.key}")
    return holds


def post_refund_executed(posting: Posting, payload: dict[str, Any]) -> None:
    """Post the negative entries, per payment the money went back to."""
    for item in payload["items"]:
        source = _paid_source(posting, item["source_key"])
        parts = [(part["payment_key"], part["fen"]) for part in item["parts"]]
        if any(fen < 0 for _, fen in parts) or sum(fen for _, fen in parts) != item["fen"]:
            raise LedgerError(f"the parts of the refund of {source.key} are not {item['fen']} fen")
        if source.kind == EntryKind.GOODS:
            _execute_goods(posting, source, payload["refund"], item["fen"], parts)
        else:
            _execute_charge(posting, source, item["fen"], parts)


def _execute_goods(
    posting: Posting, source: Source, refund: str, fen: int, parts: list[tuple[str, int]]
) -> None:
    holds = _holds(source, refund)
    if sum(hold.pot.fen for hold in holds) != fen:
        raise LedgerError(f"refund {refund} holds other fen of {source.key} than the {fen} executed")
    units = sum(hold.pot.units for hold in holds)
    ex = sum(cell.ex for hold in holds for cell in hold.pot.cells.values())
    source.holds = [hold for hold in source.holds if hold.refund != refund]
    _negative(posting, source, Stage.REFUNDING, Pot(units, {"": Amount(fen, ex)}), parts)
    shift_units(source, Stage.REFUNDING, GONE, units)


def _execute_charge(posting: Posting, source: Source, fen: int, parts: list[tuple[str, int]]) -> None:
    left = source.pot((Stage.NONE, None)).fen
    if fen > left:
        raise LedgerError(f"{fen} fen of {source.key} are refunded, {left} are left")
    _negative(posting, source, Stage.NONE, Pot(0, {"": Amount(fen)}), parts)


def _negative(posting: Posting, source: Source, stage: str, whole: Pot, parts: list[tuple[str, int]]) -> None:
    """Post a sum by payment; tax follows the fen, units stand on the first entry."""
    amount, units, done = whole.cells[""], whole.units, 0
    for payment_key, fen in parts:
        ex = amount.ex * (done + fen) // amount.fen - amount.ex * done // amount.fen if amount.fen else 0
        done += fen
        back = Amount(-fen, -ex)
        posting.put(source, stage, payment_key, Leg.REFUND, back, units=-units, relates_to=source.applied_in)
        units = 0
