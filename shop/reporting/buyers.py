"""Who bought: figures by buyer kind, credited organisation, mode and channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Sum

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.core.together import Asked
from shop.ledger.models import LedgerEntry, Stage
from shop.ledger.rollups.models import BuyerRollup
from shop.ledger.rollups.selectors import folded_through, grouped
from shop.reporting.cuts import Cut, rows_of, unapplied_of
from shop.reporting.live import measured
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period
from shop.reporting.selectors import HELD

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
    """Return a row per buyer kind, organisation, mode and channel; Σ rows = overview. Two to four queries."""
    rows = buyer_rows_of(scope, Cut(period, demo, programme=programme), folded_through()).alone()
    names_of_buyers(rows).alone()
    return rows


def buyer_rows_of(scope: Scope, cut: Cut, mark: int) -> Asked[list[BuyerRow]]:
    """Return a row per buyer kind, organisation, mode and channel, still nameless; Σ rows = overview.

    Money held has no programme and no region: narrowed to one, it is not shown. One query where there is any.
    """
    parts = rows_of(scope, cut, BuyerRollup, mark=mark)
    figures = grouped(parts, lambda part: part.values(*DIMENSIONS).annotate(**measured(*KEYS)))
    money = unapplied_of(scope, cut).filter(MEASURES[HELD].entries).values_list("order_number")
    return Asked((figures, money.annotate(total=Sum("fen"))), _read)


def _read(figures: Iterable[Any], money: Iterable[Any]) -> list[BuyerRow]:
    found, held = _figures(figures), _held(dict(money))
    return [
        BuyerRow(buyer, buyer.organisation, held=held.get(buyer, 0), **found.get(buyer, {}))
        for buyer in sorted({*found, *held})
    ]


def names_of_buyers(rows: list[BuyerRow]) -> Asked[None]:
    """Give the rows the names of their organisations, where they are known."""
    codes = {row.buyer.organisation for row in rows} - {""}

    def give(found: Iterable[Any]) -> None:
        known = dict(found)
        for row in rows:
            row.name = known.get(row.buyer.organisation, row.buyer.organisation)

    return Asked((Organisation.objects.filter(code__in=codes).values_list("code", "name"),), give)


def _figures(groups: Iterable[Any]) -> dict[Buyer, dict[str, int]]:
    """Return the sums of goods of every buyer that has any."""
    found: dict[Buyer, dict[str, int]] = {}
    for row in groups:
        figures = found.setdefault(Buyer(*(row[name] for name in DIMENSIONS)), dict.fromkeys(KEYS, 0))
        for key in KEYS:
            figures[key] += row[f"{key}_sum"]
    return {buyer: figures for buyer, figures in found.items() if any(figures.values())}


def _held(fen_of: dict[str, int]) -> dict[Buyer, int]:
    if not fen_of:
        return {}
    owed = LedgerEntry.objects.filter(stage=Stage.RECEIVABLE, order_number__in=list(fen_of))
    held: dict[Buyer, int] = {}
    for number, *dims in owed.values_list("order_number", *DIMENSIONS).distinct():
        buyer = Buyer(*dims)
        held[buyer] = held.get(buyer, 0) + fen_of[number]
    return held


def total_of_rows(rows: Iterable[BuyerRow]) -> BuyerRow:
    """Return the sum of the rows."""
    total = BuyerRow(Buyer("", "", "", ""), "")
    for row in rows:
        for key in (*KEYS, "held"):
            setattr(total, key, getattr(total, key) + getattr(row, key))
    return total
