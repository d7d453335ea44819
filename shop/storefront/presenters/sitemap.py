"""Every address that search engines may list, in files of at most 5,000. A fixed number of queries each."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import Max
from django.urls import reverse

from shop.core.addresses import absolute
from shop.journal.models import JournalEntry
from shop.ledger.closing_models import Statement
from shop.listings.selectors import CategoryNode, Shelf
from shop.regions.models import PartnerRegion

MOST = 5000
PAGES, GOODS = "pages", "goods"
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
#: Pages without arguments.
_NAMES = (
    "home",
    "catalogue:index",
    "storefront:regions",
    "storefront:method",
    "storefront:terms",
    "storefront:privacy",
    "certificates:verify_start",
)


class Entry(NamedTuple):
    """A path, and when it last changed where that is known."""

    path: str
    changed_at: dt.datetime | None = None


def files(shelf: Shelf) -> list[tuple[str, int]]:
    """Return section and number of every file. Two queries."""
    counts = {PAGES: len(_pages(shelf)), GOODS: len(shelf.on_sale)}
    return [
        (section, number) for section, count in counts.items() for number in range(1, -(-count // MOST) + 1)
    ]


def index_xml(shelf: Shelf) -> str:
    """Return the list of the files. Two queries."""
    places = (reverse("storefront:sitemap_part", args=file) for file in files(shelf))
    return _document("sitemapindex", "sitemap", [Entry(path) for path in places])


def part_xml(section: str, number: int, shelf: Shelf) -> str | None:
    """Return one file, or None for one that there is not. Two queries."""
    part = slice((number - 1) * MOST, number * MOST)
    if number < 1 or section not in (PAGES, GOODS):
        return None
    entries = _pages(shelf)[part] if section == PAGES else _goods(shelf, part)
    return _document("urlset", "url", entries) if entries else None


def _pages(shelf: Shelf) -> list[Entry]:
    """Return everything but the goods: places and statements are read, the rest is on the shelf."""
    stocked = {one.category_slug for one in shelf.on_sale}
    suppliers = dict.fromkeys(one.supplier_code for one in shelf.on_sale)
    places = PartnerRegion.objects.values_list("slug", flat=True)
    statements = Statement.objects.filter(demo=settings.SHOP_DEMO).order_by("month")
    return [
        *(Entry(reverse(name)) for name in _NAMES),
        *(Entry(path) for path in _categories(shelf.categories, stocked)),
        *(Entry(reverse("storefront:supplier", args=[code])) for code in sorted(suppliers)),
        *(Entry(reverse("storefront:region", args=[slug])) for slug in places),
        *(
            Entry(reverse("storefront:statement_file", args=[number]), released_at)
            for number, released_at in statements.values_list("number", "released_at")
        ),
    ]


def _categories(nodes: Iterable[CategoryNode], stocked: set[str]) -> list[str]:
    """Return the categories with goods on sale: an empty list is not to be found."""
    found = []
    for node in nodes:
        if any(f"{slug}/".startswith(f"{node.slug}/") for slug in stocked):
            found += [node.url, *_categories(node.children, stocked)]
    return found


def _goods(shelf: Shelf, part: slice) -> list[Entry]:
    """Return the products of a file. The oldest come first, so that a new one changes the last file alone.

    Whatever is changed of a listing - text, price, state - is in the journal under its number.
    """
    ids = sorted(one.product_id for one in shelf.on_sale)[part]
    cards = [goods.card for goods in shelf.goods.take(ids).values()]
    changes = JournalEntry.objects.filter(object_type="listing", object_key__in=[card.sku for card in cards])
    changed: Mapping[str, dt.datetime] = dict(
        changes.values_list("object_key").annotate(last=Max("at")).order_by()
    )
    return [Entry(card.url, changed.get(card.sku)) for card in cards]


def _document(root: str, item: str, entries: Sequence[Entry]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{_SCHEMA}">']
    for entry in entries:
        day = (
            f"<lastmod>{entry.changed_at.isoformat(timespec='seconds')}</lastmod>" if entry.changed_at else ""
        )
        lines.append(f"<{item}><loc>{escape(absolute(entry.path))}</loc>{day}</{item}>")
    return "\n".join([*lines, f"</{root}>\n"])
