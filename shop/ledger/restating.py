"""Facts that change after the money was posted: the exact reversal and the same fen under the new facts.

An approved correction, a decision about an origin claim, another grade of evidence, an employee's consent: each is
an event of the order and posts pairs in the open month. What they add up to never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shop.ledger.book import Amount, Place, Source
from shop.ledger.exceptions import LedgerError
from shop.ledger.models import Leg, Stage
from shop.ledger.posting import Posting

#: What may be said anew of a share. Fen, units, product and supplier are what was sold and never change.
CHANGEABLE = frozenset(
    {
        "region",
        "township",
        "programme",
        "certification",
        "buyer_kind",
        "credited_organisation",
        "mode",
        "channel",
        "eligibility",
        "ineligible_reason",
    }
)


@dataclass(frozen=True)
class _Piece:
    """Fen of a source in one place, of one payment; its units stand on one piece of the place."""

    source: Source
    place: Place
    payment_key: str
    amount: Amount
    units: int


def restate(posting: Posting, payload: dict[str, Any]) -> None:
    """Post the pairs of an event: `items` change facts of shares, `grades` the evidence of payments.

    Both entries carry the month that the fen belong to: confirmed ones that of the confirmation, all others that
    in which they were applied.
    """
    facts = {item["source_key"]: _checked(item["facts"]) for item in payload.get("items", [])}
    grades: dict[str, str] = payload.get("grades", {})
    for key in facts:
        source = posting.book.sources.get(key)
        if source is None or not source.applied.cells:
            raise LedgerError(f"{key} is not paid: there is nothing to restate")
    if any(grade not in tuple("ABCDE") for grade in grades.values()):
        raise LedgerError(f"{grades} are not grades of evidence")
    # What is said already is not said again.
    facts = {key: new for key, new in facts.items() if new.items() - posting.book.sources[key].facts.items()}
    grades = {key: grade for key, grade in grades.items() if posting.book.grades.get(key, grade) != grade}
    pieces = [piece for source in _paid(posting) for piece in _pieces(source, facts, grades)]
    for piece in pieces:
        _put(posting, piece, Leg.REVERSE, -1)
    for key, changed in facts.items():
        posting.book.sources[key].facts = posting.book.sources[key].facts | changed
    posting.book.grades |= grades
    for piece in pieces:
        _put(posting, piece, Leg.RESTATE, 1)


def _checked(facts: Mapping[str, str]) -> dict[str, str]:
    wrong = sorted(set(facts) - CHANGEABLE)
    if wrong or not facts:
        raise LedgerError(f"{wrong or 'nothing'} cannot be said anew of a share")
    return {name: str(value) for name, value in facts.items()}


def _paid(posting: Posting) -> list[Source]:
    return [source for _key, source in sorted(posting.book.sources.items()) if source.applied.cells]


def _pieces(source: Source, facts: Mapping[str, Any], grades: Mapping[str, str]) -> list[_Piece]:
    pieces = []
    for place, pot in source.pots.items():
        if place[0] == Stage.RECEIVABLE:
            continue
        found = [
            (key, Amount(cell.fen, cell.ex))
            for key, cell in pot.cells.items()
            if source.key in facts or key in grades
        ]
        # Units stand with the whole pot: a part of its payments takes none of them along.
        units = pot.units if len(found) == len(pot.cells) else 0
        for index, (key, amount) in enumerate(found):
            pieces.append(_Piece(source, place, key, amount, 0 if index else units))
    return pieces


def _put(posting: Posting, piece: _Piece, leg: str, sign: int) -> None:
    stage, month = piece.place
    posting.put(
        piece.source,
        stage,
        piece.payment_key,
        leg,
        Amount(sign * piece.amount.fen, sign * piece.amount.ex),
        units=sign * piece.units,
        relates_to=month or piece.source.applied_in,
    )
