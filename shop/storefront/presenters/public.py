"""The totals that everyone may see: the page of the places, its tables, and the same as a file."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.core import clock
from shop.ledger.posting import RULE_VERSION
from shop.listings.place_names import parent_name
from shop.listings.presentation import in_language
from shop.listings.selectors import current_shelf
from shop.regions.selectors import regions_with_programme
from shop.reporting.public import PublicTotals, latest_statements, public_totals
from shop.reporting.tables import Cell, Table, money, share_of
from shop.storefront.presenters.content import content_of, story_of
from shop.storefront.presenters.metas import page_meta
from shop.storefront.presenters.places import PlaceCard, own_name, pace

_STORIES = 3
#: Length of the bar of shares in its own units, and the gap between two of them.
BAR, BAR_GAP = 1000, 3


def public_context() -> dict[str, Any]:
    """Return the context of shop/storefront/regions.html. A fixed number of queries."""
    today = clock.today()
    totals = public_totals(today.year, settings.SHOP_DEMO)
    cards = _cards(today, totals)
    shelf = current_shelf()
    stories = content_of(shelf).stories_on(today)
    return {
        "page_meta": page_meta(
            "storefront:regions",
            _("Five places"),
            _("Consumption support by place, confirmed to the fen, with the digests of closed months."),
            shelf,
        ),
        "regions": cards,
        "shares": _shares(cards),
        "totals": totals,
        "total_confirmed_fen": totals.confirmed_fen,
        "total_target_fen": totals.target_fen,
        "year": today.year,
        "as_of": totals.as_of,
        "rule_version": RULE_VERSION,
        "pace_pct": pace(today),
        "tables": public_tables(totals),
        "statements": latest_statements(settings.SHOP_DEMO),
        "stories": [story_of(story) for story in stories[:_STORIES]],
        "home_url": reverse("home"),
    }


def _cards(on: dt.date, totals: PublicTotals) -> list[PlaceCard]:
    """Return every region in display order with its year; several programmes are added up."""
    cards = []
    for place in regions_with_programme(on):
        region = place.region
        rows = [row for row in totals.rows if row.region == region.slug]
        programme = place.pairing.programme if place.pairing else None
        cards.append(
            PlaceCard(
                slug=region.slug,
                name=in_language(own_name(region), region.name_en),
                parent=parent_name(region),
                programme_name=in_language(programme.name_zh, programme.name_en) if programme else "",
                confirmed_fen=sum(row.confirmed_fen for row in rows),
                target_fen=sum(row.target_fen for row in rows),
                url=reverse("storefront:region", args=[region.slug]),
            )
        )
    return cards


def _shares(cards: Sequence[PlaceCard]) -> list[tuple[str, int, int]]:
    """Return where each place's part of the bar begins and how long it is; what is nothing, or less, has none."""
    sums = [(card.slug, card.confirmed_fen) for card in cards if card.confirmed_fen > 0]
    whole, begin, found = sum(fen for _slug, fen in sums), 0, []
    for slug, fen in sums:
        end = begin + fen
        left, right = BAR * begin // whole, BAR * end // whole
        found.append((slug, left, max(1, right - left - BAR_GAP)))
        begin = end
    return found


def public_tables(totals: PublicTotals) -> list[Table]:
    """Return the tables of the page; the file holds the same."""
    return [_places_table(totals), _months_table(totals)]


def _places_table(totals: PublicTotals) -> Table:
    rows = [
        [
            Cell(row.region_name, seal=row.region),
            Cell(row.programme_name),
            money(row.confirmed_fen),
            money(row.target_fen),
            Cell(share_of(row.confirmed_fen, row.target_fen), is_number=True),
            money(row.last_year_fen),
        ]
        for row in totals.rows
    ]
    foot = [
        Cell(_("Total")),
        Cell(),
        money(totals.confirmed_fen),
        money(totals.target_fen),
        Cell(share_of(totals.confirmed_fen, totals.target_fen), is_number=True),
        money(totals.last_year_fen),
    ]
    columns = [
        (_("Region"), False),
        (_("Programme"), False),
        (_("Year to date"), True),
        (_("Annual target"), True),
        (_("Reached"), True),
        (_("Whole year before"), True),
    ]
    return Table("by-place", _("Confirmed by place and programme (yuan)"), columns, rows, foot)


def _months_table(totals: PublicTotals) -> Table:
    columns = [
        (pgettext("of a year", "Month"), False),
        (f"{totals.year}", True),
        (f"{totals.year - 1}", True),
    ]
    rows = [
        [
            Cell(f"{totals.year}-{month.month:02d}"),
            Cell("–", is_number=True) if month.confirmed_fen is None else money(month.confirmed_fen),
            money(month.last_year_fen),
        ]
        for month in totals.months
    ]
    foot = [Cell(_("Total")), money(totals.confirmed_fen), money(totals.last_year_fen)]
    return Table("by-month", _("Confirmed by month (yuan)"), columns, rows, foot)


def public_head(totals: PublicTotals) -> list[tuple[str, str]]:
    """Return the lines above the file: whose rules, which version, up to when, how real."""
    return [
        (_("Basis"), _("The platform's own counting rules (平台口径)")),
        (_("Rule version"), RULE_VERSION),
        (_("Year"), f"{totals.year}"),
        (_("Cut-off"), f"{totals.as_of:%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"),
        (_("Kind of data"), _("Demonstration data") if totals.demo else _("Real data")),
    ]
