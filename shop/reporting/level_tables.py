"""Between a figure and its orders: the places it comes from, and the organisations."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.accounts.scope import Scope
from shop.buyers.selectors import organisation_names
from shop.ledger.rollups.models import BuyerRollup
from shop.regions.models import PartnerRegion, Programme
from shop.reporting.drill import Figure, sums_by
from shop.reporting.measures import BUYER_KINDS
from shop.reporting.tables import Cell, Query, Table, drill_url, money, share_of

#: Organisations that a level names; the others stand as one.
SHOWN = 50


def level_tables(scope: Scope, figure: Figure, query: Query) -> list[Table]:
    """Return what a figure is made of by place and by organisation, as far as it is not narrowed to one.

    Money that no order has comes from no place and nobody. At most seven queries.
    """
    if figure.order is not None or figure.source is not None or figure.is_money_without_goods:
        return []
    tables = []
    if figure.region is None:
        tables.append(_places(scope, figure, query))
    if figure.organisation is None and not figure.goods:
        tables.append(_organisations(scope, figure, query))
    return tables


def _places(scope: Scope, figure: Figure, query: Query) -> Table:
    found = [(key, fen) for key, fen in sums_by(scope, figure, "region", "programme") if fen]
    regions = dict(PartnerRegion.objects.values_list("slug", "name_zh"))
    programmes = dict(Programme.objects.values_list("slug", "name_zh"))
    total = sum(fen for _key, fen in found)
    rows = []
    for (region, programme), fen in found:
        url = drill_url(query, region=region, programme=programme)
        rows.append(
            [
                Cell(regions.get(region, region) or _("No region"), url=url, seal=region),
                Cell(programmes.get(programme, programme) or _("No programme")),
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


def _organisations(scope: Scope, figure: Figure, query: Query) -> Table:
    names = ("buyer_kind", "credited_organisation")
    found = [(key, fen) for key, fen in sums_by(scope, figure, *names, rollup=BuyerRollup) if fen]
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
