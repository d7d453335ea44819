"""The partner regions as cards and pages."""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core import clock
from shop.core.fen import shown_yuan
from shop.listings.place_names import parent_name, township_name, village_name
from shop.listings.presentation import in_language, shown_cards
from shop.listings.selectors import BrowseFilters, Shelf, browse, current_shelf, pairings_on, places_on
from shop.listings.selectors.browsing import PAGE_SIZE
from shop.regions.models import Pairing, PartnerRegion
from shop.regions.selectors import facts_of, places_of
from shop.reporting.selectors import confirmed_and_targets
from shop.storefront.presenters.content import content_of, story_of, texts_of
from shop.storefront.presenters.metas import region_meta
from shop.suppliers.models import Supplier, SupplierState

#: Published figures that the data names by a code.
_METRICS: dict[str, Promise] = {
    "annual_total": gettext_lazy("consumption support of the year"),
    "store_first_10_days_retail": gettext_lazy("retail sales of the shop's first ten days"),
}


@dataclass(frozen=True)
class PlaceCard:
    """A region with its year so far; all sums in fen."""

    slug: str
    name: str
    parent: str
    programme_name: str
    confirmed_fen: int
    target_fen: int
    url: str


def place_cards(on: dt.date, shelf: Shelf) -> list[PlaceCard]:
    """Return every region in display order with its progress this year. Three queries, and two more a day."""
    progress = confirmed_and_targets(on.year, settings.SHOP_DEMO)
    cards = []
    for place in places_on(on, shelf):
        region = place.region
        confirmed_fen, target_fen = progress.get(region.slug, (0, 0))
        programme = place.pairing.programme if place.pairing else None
        cards.append(
            PlaceCard(
                slug=region.slug,
                name=in_language(own_name(region), region.name_en),
                parent=parent_name(region),
                programme_name=in_language(programme.name_zh, programme.name_en) if programme else "",
                confirmed_fen=confirmed_fen,
                target_fen=target_fen,
                url=reverse("storefront:region", args=[region.slug]),
            )
        )
    return cards


def own_name(region: PartnerRegion) -> str:
    """Return the name without the city that the line below repeats: 长春市绿园区 → 绿园区."""
    parent = region.parent_zh
    for start in range(len(parent)):
        if region.name_zh.startswith(parent[start:]):
            return region.name_zh.removeprefix(parent[start:])
    return region.name_zh


def region_context(region: PartnerRegion, page: int) -> dict[str, Any]:
    """Return the context of shop/storefront/region.html."""
    today = clock.today()
    shelf = current_shelf()
    found = browse(BrowseFilters(regions=(region.slug,)), page, shelf=shelf)
    content = content_of(shelf)
    texts = texts_of(content.pages.get(region.slug), in_language(region.blurb_zh, region.blurb_en))
    return {
        "page_meta": region_meta(region, texts["intro"], found.number, shelf),
        "region": next(card for card in place_cards(today, shelf) if card.slug == region.slug),
        **texts,
        "stories": [story_of(story) for story in content.stories_of(region.slug, today)],
        "facts": _facts(region, pairings_on(today, shelf).get(region.pk)),
        "suppliers": _suppliers(region),
        "cards": shown_cards(found.ids, shelf),
        "page_obj": Paginator(range(found.total), PAGE_SIZE).get_page(found.number),
        "page_query": "",
        "pace_pct": pace(today),
        "back_url": reverse("storefront:regions"),
    }


def pace(today: dt.date) -> str:
    """Return how much of the year has gone by, in percent with one decimal."""
    days = 366 if calendar.isleap(today.year) else 365
    tenths = today.timetuple().tm_yday * 1000 // days
    return f"{tenths // 10}.{tenths % 10}"


def _facts(region: PartnerRegion, pairing: Pairing | None) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if pairing is not None:
        name = in_language(pairing.programme.name_zh, pairing.programme.name_en)
        since = _("%(programme)s, since %(year)d") % {"programme": name, "year": pairing.starts_on.year}
        rows.append((_("Paired under"), since))
    townships = places_of(region.pk)
    names = [name for township in townships if (name := township_name(township))]
    if names:
        rows.append((_("Townships"), in_language("、", ", ").join(names)))
    known = [
        f"{village_name(village) or township_name(township)}: "
        f"{in_language(village.speciality_zh, village.speciality_en)}"
        for township in townships
        for village in township.villages.all()
        if village.speciality_zh
    ]
    if known:
        rows.append((_("Known for"), in_language("；", "; ").join(known[:4])))
    rows += [
        (
            _("Published, %(year)d") % {"year": fact.year},
            f"{_METRICS.get(fact.metric, fact.metric)} ¥{shown_yuan(fact.amount_fen)}",
        )
        for fact in facts_of(region.pk)[:2]
    ]
    return rows


def _suppliers(region: PartnerRegion) -> list[tuple[str, str, str]]:
    found = Supplier.objects.filter(region=region, state=SupplierState.ADMITTED).select_related("township")
    sourced = _("A producer named by public sources; not a contracted supplier (demonstration).")
    return [
        (
            in_language(supplier.name_zh, supplier.name_en),
            sourced if supplier.is_sourced else township_name(supplier.township),
            reverse("storefront:supplier", args=[supplier.code]),
        )
        for supplier in found.order_by("code")
    ]
