"""What each figure is a sum of: pages, lists, exports, rollups and statements all take it from here.

Written once and asked twice, of the database (`entries`) and of fields in memory (`has`); a test asks both the same
about every combination. docs/verify_statement.py, which must stand alone, is held to it by the same test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Q

from shop.ledger.models import EntryKind, Leg, Stage

ELIGIBLE = "eligible"
#: Evidence that a headline may stand on (counting rules, section 4).
HEADLINE_GRADES = ("A", "B", "C")
#: What was applied, and what later facts took out of one dimension and put into another.
GROSS_LEGS = (Leg.APPLY, Leg.REVERSE, Leg.RESTATE)
#: Where paid goods stand, in the order of the bridge.
PAID_STAGES = (
    Stage.UNSHIPPED,
    Stage.IN_TRANSIT,
    Stage.RECEIVED,
    Stage.DISPUTED,
    Stage.REFUNDING,
    Stage.CONFIRMED,
)


@dataclass(frozen=True)
class Figure:
    """Entries and the sign with which their fen count.

    `stage` None: every stage of paid goods. `counted`: eligible and proven, or not; None: either. No `legs`: all.
    """

    key: str
    kind: EntryKind = EntryKind.GOODS
    stage: Stage | None = None
    counted: bool | None = None
    legs: tuple[Leg, ...] = ()
    sign: int = 1

    @property
    def entries(self) -> Q:
        """Return the condition for the database: for entries and rollups alike."""
        found = Q(kind=self.kind)
        if self.kind == EntryKind.GOODS:
            found &= ~Q(stage=Stage.RECEIVABLE) if self.stage is None else Q(stage=self.stage)
        if self.counted is not None:
            proven = Q(eligibility=ELIGIBLE, grade__in=HEADLINE_GRADES)
            found &= proven if self.counted else ~proven
        return found & Q(leg__in=self.legs) if self.legs else found

    def has(self, cell: Mapping[str, Any]) -> bool:
        """Say the same of the fields of an entry."""
        if cell["kind"] != self.kind or (self.legs and cell["leg"] not in self.legs):
            return False
        if self.kind == EntryKind.GOODS:
            is_there = (
                cell["stage"] != Stage.RECEIVABLE if self.stage is None else cell["stage"] == self.stage
            )
            if not is_there:
                return False
        return self.counted is None or self.counted == is_counted(cell)


def is_counted(cell: Mapping[str, Any]) -> bool:
    """Say whether goods are eligible and proven well enough for a measure."""
    return cell["eligibility"] == ELIGIBLE and cell["grade"] in HEADLINE_GRADES


FIGURES = {
    figure.key: figure
    for figure in (
        Figure("confirmed", stage=Stage.CONFIRMED, counted=True),
        Figure("gross", counted=True, legs=GROSS_LEGS),
        Figure("refunded", counted=True, legs=(Leg.REFUND,), sign=-1),
        Figure("net", counted=True),
        *(Figure(f"stage-{stage}", stage=stage, counted=True) for stage in PAID_STAGES),
        Figure("not_counted", counted=False),
        Figure("receivable", stage=Stage.RECEIVABLE),
        *(Figure(str(kind), kind=kind) for kind in EntryKind if kind != EntryKind.GOODS),
    )
}


#: The fields of an entry that decide which figures it is a part of.
DECIDING = ("kind", "stage", "leg", "eligibility", "grade")


def parts_of(cell: Mapping[str, Any], fen: int) -> list[tuple[str, int]]:
    """Return the figures that fen of an entry are a part of, with their sign."""
    return [(key, sign * fen) for key, sign in _signs(*(cell[name] for name in DECIDING))]


@cache
def _signs(*values: str) -> tuple[tuple[str, int], ...]:
    cell = dict(zip(DECIDING, values, strict=True))
    return tuple((figure.key, figure.sign) for figure in FIGURES.values() if figure.has(cell))
