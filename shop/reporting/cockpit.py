"""Everything that the cockpit shows of a cut; its files are made of the same."""

from dataclasses import dataclass
from typing import Any

from shop.accounts.scope import Scope
from shop.core.together import Asked, together
from shop.ledger.rollups.models import GoodsRollup
from shop.ledger.rollups.selectors import folded_through
from shop.reporting.buyers import BuyerRow, buyer_rows_of, names_of_buyers
from shop.reporting.curves import Cell, MonthSums, two_years
from shop.reporting.cuts import Cut, rows_of
from shop.reporting.goods import DIMENSIONS, GoodsRow, goods_rows, names_of_goods
from shop.reporting.outlook import Course, Outlook, YearPlace, courses, outlook, place_in_year, whole_course
from shop.reporting.selectors import Overview, overview_of


@dataclass(frozen=True)
class Cockpit:
    """The figures of a cut. `year` is the one that the curves are about and in which the period ends.

    `outlooks` are by region and programme, `whole` is of all of them; both stand beside a target and are there for a
    period within a year. Suppliers and products are None where the cut names buyers: the ledger keeps no sums of both.
    """

    cut: Cut
    found: Overview
    buyers: list[BuyerRow]
    year: int
    months: dict[Cell, MonthSums]
    outlooks: dict[tuple[str, str], Outlook]
    whole: Outlook | None
    suppliers: list[GoodsRow] | None
    products: list[GoodsRow] | None


def cockpit(scope: Scope, cut: Cut) -> Cockpit:
    """Return the figures of a cut, all of one moment. Three queries, four where money is held for an order."""
    year, mark = cut.period.end.year, folded_through()
    asked: list[Asked[Any]] = [
        overview_of(scope, cut, mark),
        two_years(scope, cut, year, mark),
        buyer_rows_of(scope, cut, mark),
    ]
    if not cut.buyer:
        parts = rows_of(scope, cut, GoodsRollup, mark=mark)
        asked += [goods_rows(parts, dimension) for dimension in DIMENSIONS]
    found, months, buyers, *goods = together(*asked)
    named = [names_of_goods(rows, dimension) for rows, dimension in zip(goods, DIMENSIONS, strict=False)]
    together(names_of_buyers(buyers), *named)
    outlooks, whole = _outlooks(found, months, place_in_year(year)) if cut.period.year else ({}, None)
    suppliers, products = goods or (None, None)
    return Cockpit(cut, found, buyers, year, months, outlooks, whole, suppliers, products)


def _outlooks(
    found: Overview, months: dict[Cell, MonthSums], place: YearPlace
) -> tuple[dict[tuple[str, str], Outlook], Outlook]:
    """Return how the whole year stands, by region and programme and in all, whatever part of it the period is."""
    ways = courses({cell: sums.confirmed for cell, sums in months.items()}, place.year)
    targets = {(row.region, row.programme): row.sums.target for row in found.rows}
    own = {
        where: outlook(targets.get(where, 0), ways.get(where, Course()), place)
        for where in {**ways, **targets}
    }
    return own, outlook(sum(targets.values()), whole_course(ways.values()), place)
