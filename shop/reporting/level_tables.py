"""Between a figure and its orders: the places it comes from, and the organisations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.accounts.scope import Scope
from shop.buyers.selectors import organisation_names
from shop.core.together import answers
from shop.ledger.rollups.models import BuyerRollup
from shop.ledger.rollups.selectors import folded_through
from shop.regions.models import PartnerRegion, Programme
from shop.reporting.drill import Figure, asked_by, summed, total_of
from shop.reporting.measures import BUYER_KINDS
from shop.reporting.tables import Cell, Query, Table, drill_url, money, share_of

#: Organisations that a level names; the others stand as one.
SHOWN = 50
_PLACE = ("region", "programme")
_BUYER = ("buyer_kind", "credited_organisation")
Sums = list[tuple[tuple[Any, ...], int]]


@dataclass(frozen=True)
class Levels:
    """A figure in fen, and what it is made of as far as it is not narrowed to one place or organisation."""

    total: int
    places: Sums | None = None
    organisations: Sums | None = None
    #: The names of places by the dimension and their slug.
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)


def levels_of(scope: Scope, figure: Figure) -> Levels:
    """Return a figure and its levels, of one moment. Two queries.

    Money that no order has comes from no place and nobody.
    """
    if not figure.is_in_sums or figure.is_money_without_goods:
        return Levels(total_of(scope, figure))
    mark, asks_who = folded_through(), figure.organisation is None and not figure.goods
    asked = [asked_by(scope, figure, mark, *_PLACE)]
    if asks_who:
        asked.append(asked_by(scope, figure, mark, *_BUYER, rollup=BuyerRollup))
    regions, programmes, *found = answers(
        PartnerRegion.objects.values_list("slug", "name_zh"),
        Programme.objects.values_list("slug", "name_zh"),
        *asked,
    )
    names = {("region", slug): name for slug, name in regions}
    names |= {("programme", slug): name for slug, name in programmes}
    places = summed(figure, found[0], *_PLACE)
    return Levels(
        sum(fen for _key, fen in places),
        places if figure.region is None else None,
        summed(figure, found[1], *_BUYER) if asks_who else None,
        names,
    )


def level_tables(levels: Levels, query: Query) -> list[Table]:
    """Return a figure's levels as tables. At most one query."""
    tables = []
    if levels.places is not None:
        tables.append(_places(levels.places, levels.names, query))
    if levels.organisations is not None:
        tables.append(_organisations(levels.organisations, query))
    return tables


def _places(sums: Sums, names: Mapping[tuple[str, str], str], query: Query) -> Table:
    found = [(key, fen) for key, fen in sums if fen]
    total = sum(fen for _key, fen in found)
    rows = []
    for (region, programme), fen in found:
        url = drill_url(query, region=region, programme=programme)
        rows.append(
            [
                Cell(names.get(("region", region), region) or _("No region"), url=url, seal=region),
                Cell(names.get(("programme", programme), programme) or _("No programme")),
                money(fen, url),
                Cell(share_of(fen, total), is_number=True),
            ]
        )
    columns = [
        (_("Region"), False),
        (_("Programme"), False),
        (_("Amount"), True),
        (pgettext("part", "Share"), True),
    ]
    foot = [Cell(_("Total")), Cell(), money(total), Cell()]
    return Table("places", _("By region (yuan)"), columns, rows, foot)


def _organisations(sums: Sums, query: Query) -> Table:
    found = [(key, fen) for key, fen in sums if fen]
    shown, rest = found[:SHOWN], found[SHOWN:]
    known = organisation_names(code for (_kind, code), _fen in shown if code)
    total = sum(fen for _key, fen in found)
    rows = []
    for (kind, code), fen in shown:
        url = drill_url(query, buyer_kind=kind, organisation=code)
        rows.append(
            [
                Cell(known.get(code, code) or _("No organisation"), url=url),
                Cell(str(BUYER_KINDS.get(kind, kind)) or "–"),
                money(fen, url),
                Cell(share_of(fen, total), is_number=True),
            ]
        )
    if rest:
        others = sum(fen for _key, fen in rest)
        share = Cell(share_of(others, total), is_number=True)
        rows.append([Cell(_("%(count)s others") % {"count": len(rest)}), Cell(), money(others), share])
    columns = [
        (_("Organisation"), False),
        (_("Buyer kind"), False),
        (_("Amount"), True),
        (pgettext("part", "Share"), True),
    ]
    foot = [Cell(_("Total")), Cell(), money(total), Cell()]
    return Table("organisations", _("By organisation (yuan)"), columns, rows, foot)
