"""What an organisation accepts: confirmed when it is paid, receivable until then (counting rules, section 1)."""

from typing import Any

from shop.core import fen as money
from shop.ledger.book import GONE, UNCONFIRMED, Amount, Source
from shop.ledger.exceptions import LedgerError
from shop.ledger.models import Stage
from shop.ledger.posting import Posting, advance, advance_hold, facts_of, shift_units

#: Where delivered units stand, those furthest on first.
DELIVERED = (Stage.RECEIVED, Stage.IN_TRANSIT)


def post_accepted(posting: Posting, payload: dict[str, Any]) -> None:
    """Units of an approved report: paid ones move to `confirmed`, unpaid ones are a receivable.

    Unpaid, they are counted as confirmed all the same, so that the payment posts them there.
    """
    shares = {item["source_key"]: item for item in payload["shares"]}
    for item in payload["items"]:
        source = posting.book.share(item["source_key"])
        if not source.by_acceptance:
            raise LedgerError(f"{source.key} is confirmed by its receipt, not by a report")
        posting.touched.add(source.key)
        _confirm(posting, source, item["units"])
        if not source.applied.cells:
            _owe(posting, source, payload, shares[source.key])


def _confirm(posting: Posting, source: Source, units: int) -> None:
    for stage in DELIVERED:
        count = min(units, source.progress[stage])
        if count:
            advance(posting, source, stage, Stage.CONFIRMED, count)
        units -= count
    units -= _confirm_disputed(source, units)
    if units:
        raise LedgerError(f"{source.key} has {units} units fewer delivered than the report accepts")


def _confirm_disputed(source: Source, units: int) -> int:
    """Note that disputed units are accepted: they are confirmed once their replacement is there. Return how many."""
    done = 0
    for hold in list(source.holds):
        count = min(units - done, hold.pot.units)
        if hold.disputed and hold.place[0] in DELIVERED and count:
            advance_hold(source, hold_index=source.holds.index(hold), end=Stage.CONFIRMED, units=count)
            done += count
    return done


def _owe(posting: Posting, source: Source, payload: dict[str, Any], share: dict[str, Any]) -> None:
    """Let the receivable be the worth of the units accepted, of the share as it now is."""
    accepted, whole, count = source.progress[Stage.CONFIRMED], share["fen"], share["units"]
    if accepted > count:
        raise LedgerError(f"{source.key}: {accepted} units are accepted of {count}")
    worth = money.units_worth(whole, count, 0, accepted) if accepted else 0
    ex = share["ex_tax_fen"] * worth // whole if whole else 0
    owed = source.receivable
    had_ex = sum(amount.ex for amount in owed.cells.values())
    source.facts = source.facts or facts_of(payload, share)
    posting.put_receivable(source, Amount(worth - owed.fen, ex - had_ex), units=accepted - owed.units)


def reduce(posting: Posting, payload: dict[str, Any]) -> None:
    """Take units or fen off an order before it is paid, and off what is accepted; charges hold no units."""
    shares = {item["source_key"]: item for item in payload.get("shares", ())}
    for item in payload["items"]:
        source = posting.book.sources.get(item["source_key"])
        units = item.get("units") or 0
        if units:
            source = posting.book.share(item["source_key"])
            _take_units(source, units)
            posting.touched.add(source.key)
        if source is not None and source.receivable.units:
            _owe(posting, source, payload, shares[source.key])


def _take_units(source: Source, units: int) -> None:
    if source.applied.cells:
        raise LedgerError(f"{source.key} is paid: it is refunded, not reduced")
    for stage in UNCONFIRMED:
        count = min(units, source.progress[stage])
        shift_units(source, stage, GONE, count)
        units -= count
    if units:
        raise LedgerError(f"{source.key} has {units} units fewer than the reduction")
