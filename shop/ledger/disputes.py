"""Goods that a replacement is asked for: `disputed` until it is signed for, then where they stand by then."""

from typing import Any

from shop.ledger.book import Hold, Place, Source
from shop.ledger.exceptions import LedgerError
from shop.ledger.models import Stage
from shop.ledger.posting import Posting, move_back, shift_units, sweep

DISPUTED: Place = (Stage.DISPUTED, None)
#: Where goods stand that have left, those that are asked about first; confirmed ones come after, the latest first.
SENT: tuple[Place, ...] = ((Stage.IN_TRANSIT, None), (Stage.RECEIVED, None))


def move_disputed(posting: Posting, payload: dict[str, Any]) -> None:
    """Move the worth of the units to `disputed` and keep the from-stages."""
    for item in payload["items"]:
        source, units = posting.book.share(item["source_key"]), item["units"]
        if not source.applied.cells:
            raise LedgerError(f"{source.key} is not paid: nothing of it is disputed")
        if units > sum(source.pot(place).units for place in _sent(source)):
            # A second case about goods that one is open about already: the later one holds them.
            end_disputes(posting, source)
        for place in _sent(source):
            count = min(units, source.pot(place).units)
            if count:
                piece = source.pot(place).piece(units=count, fen=source.worth(place, count))
                posting.move(source, place, DISPUTED, piece)
                shift_units(source, place[0], Stage.DISPUTED, count)
                source.holds.append(Hold(payload["dispute"], place, piece, disputed=True))
            units -= count
        if units:
            raise LedgerError(f"{source.key} has {units} units fewer sent than are disputed")
        sweep(posting, source)


def move_settled(posting: Posting, payload: dict[str, Any]) -> None:
    """Move the same fen back to where their units stand by now; nothing, where a refund has taken them since."""
    for item in payload["items"]:
        source = posting.book.share(item["source_key"])
        end_disputes(posting, source, payload["dispute"])
        sweep(posting, source)


def end_disputes(posting: Posting, source: Source, dispute: str = "") -> None:
    """Move what one dispute holds of a share back, or what all of them do."""
    for hold in list(source.holds):
        if hold.disputed and dispute in ("", hold.refund):
            move_back(posting, source, hold, DISPUTED)


def _sent(source: Source) -> tuple[Place, ...]:
    return (*SENT, *source.layers())
