"""Who bought: figures by buyer kind, credited organisation, mode and channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.buyers.selectors import organisation_names
from shop.ledger.models import EntryKind, LedgerEntry, Stage
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period
from shop.reporting.selectors import entries_in

DIMENSIONS = ("buyer_kind", "credited_organisation", "mode", "channel")
#: Sums of goods; what is held for a receivable has no dimensions of its own and takes its order's.
KEYS = ("confirmed", "gross", "refunded", "net", "receivable")


class Buyer(NamedTuple):
    """What a row is about, as codes: the dimensions of counting rules, section 4."""

    buyer_kind: str
    organisation: str
    mode: str
    channel: str


@dataclass
class BuyerRow:
    """A buyer's figures in fen. `held`: money that has come in for what is receivable, not enough for an order."""

    buyer: Buyer
    name: str
    confirmed: int = 0
    gross: int = 0
    refunded: int = 0
    net: int = 0
    receivable: int = 0
    held: int = 0


def buyer_rows(scope: Scope, period: Period, demo: bool, programme: str = "") -> list[BuyerRow]:
    """Return a row per buyer kind, organisation, mode and channel; Σ rows = overview. One to four queries.

    Money held has no programme and no region: narrowed to one, it is not shown.
    """
    entries = entries_in(scope, period, demo)
    if programme:
        entries = entries.filter(programme=programme)
    sums = {
        f"{key}_sum": Coalesce(Sum(F("fen") * MEASURES[key].sign, filter=MEASURES[key].entries), 0)
        for key in (*KEYS, "receivable_held")
    }
    groups: Any = entries.values_list(*DIMENSIONS).annotate(**sums).order_by(*DIMENSIONS)
    found, is_held = {}, False
    for *dims, held_fen in groups:
        is_held = is_held or bool(held_fen)
        figures = dict(zip(KEYS, dims[len(DIMENSIONS) :], strict=True))
        if any(figures.values()):
            found[Buyer(*dims[: len(DIMENSIONS)])] = figures
    held = _held(entries) if is_held else {}
    names = organisation_names(buyer.organisation for buyer in [*found, *held] if buyer.organisation)
    return [
        BuyerRow(
            buyer,
            names.get(buyer.organisation, buyer.organisation),
            held=held.get(buyer, 0),
            **found.get(buyer, {}),
        )
        for buyer in sorted({*found, *held})
    ]


def _held(entries: QuerySet[LedgerEntry]) -> dict[Buyer, int]:
    rows = entries.filter(MEASURES["receivable_held"].entries).values_list("order_number")
    fen_of = dict(rows.annotate(total=Sum("fen")).order_by("order_number"))
    owed = LedgerEntry.objects.filter(stage=Stage.RECEIVABLE, order_number__in=list(fen_of))
    held: dict[Buyer, int] = {}
    for number, *dims in owed.values_list("order_number", *DIMENSIONS).distinct():
        buyer = Buyer(*dims)
        held[buyer] = held.get(buyer, 0) + fen_of[number]
    return held


def of_buyer(entries: QuerySet[LedgerEntry], **dims: str | None) -> QuerySet[LedgerEntry]:
    """Narrow a figure's entries to a buyer; money held goes with the order that it is held for."""
    wanted = {name: value for name, value in dims.items() if value is not None}
    if not wanted:
        return entries
    owed = LedgerEntry.objects.filter(stage=Stage.RECEIVABLE, **wanted).values("order_number")
    return entries.filter(
        Q(**wanted) & ~Q(kind=EntryKind.UNAPPLIED) | Q(kind=EntryKind.UNAPPLIED, order_number__in=owed)
    )


def total_of_rows(rows: Iterable[BuyerRow]) -> BuyerRow:
    """Return the sum of the rows."""
    total = BuyerRow(Buyer("", "", "", ""), "")
    for row in rows:
        for key in (*KEYS, "held"):
            setattr(total, key, getattr(total, key) + getattr(row, key))
    return total
