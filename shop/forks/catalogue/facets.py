"""What a list could be narrowed to, each choice with the number of goods that it leaves."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from shop.listings.presentation import category_name
from shop.listings.selectors import BrowsePage, CategoryNode, Shelf

#: Bounds between the bands of prices, in yuan.
_BOUNDS = (30, 60, 100, 200)
#: More categories than these are found by scrolling no more.
_MOST_CATEGORIES = 8


class Choice(NamedTuple):
    """A link to the list narrowed to it; the chosen one leads back. `goods` is None where that is not counted."""

    name: str
    url: str
    is_current: bool
    goods: int | None


def price_bands(asked: QueryDict, page: BrowsePage) -> tuple[Choice, ...]:
    """Return the bands of prices that have goods."""
    bands = page.prices([100 * bound for bound in _BOUNDS])
    chosen = asked.get("min_price", ""), asked.get("max_price", "")
    found = []
    for band, count in enumerate(bands):
        if not count:
            continue
        low = str(_BOUNDS[band - 1]) if band else ""
        # To the fen below the next band: 59.99, so that no product stands in two.
        high = f"{_BOUNDS[band] - 1}.99" if band < len(_BOUNDS) else ""
        is_current = chosen == (low, high)
        wanted = {} if is_current else {"min_price": low, "max_price": high}
        found.append(Choice(_band_name(band), _address(asked, wanted), is_current, count))
    return tuple(found) if len(found) > 1 or any(one.is_current for one in found) else ()


def _band_name(band: int) -> str:
    if band == 0:
        return _("Below %(yuan)s yuan") % {"yuan": _BOUNDS[0]}
    if band == len(_BOUNDS):
        return _("From %(yuan)s yuan") % {"yuan": _BOUNDS[-1]}
    return _("%(low)s to %(high)s yuan") % {"low": _BOUNDS[band - 1], "high": _BOUNDS[band]}


def _address(asked: QueryDict, wanted: dict[str, str]) -> str:
    dropped = ("page", "min_price", "max_price")
    kept = [(name, value) for name, values in asked.lists() if name not in dropped for value in values]
    return f"?{urlencode([*kept, *((name, value) for name, value in wanted.items() if value)])}"


def category_choices(asked: QueryDict, page: BrowsePage, shelf: Shelf) -> tuple[Choice, ...]:
    """Return the categories of what words found, those with most goods first.

    Before them stands the way back from a chosen one: to all, to each category above it, and itself.
    """
    nodes = {node.slug: node for node in _nodes(shelf.categories)}
    kept = [
        (name, value)
        for name, values in asked.lists()
        if name not in ("page", "category")
        for value in values
    ]

    def choice(slug: str, goods: int | None) -> Choice:
        is_current = slug == page.filters.category
        leads_to = slug.rpartition("/")[0] if is_current else slug
        address = f"?{urlencode([*kept, ('category', leads_to)] if leads_to else kept)}"
        return Choice(category_name(nodes[slug]), address, is_current, goods)

    facets = sorted(page.categories, key=lambda facet: -facet.count)[:_MOST_CATEGORIES]
    below = tuple(choice(facet.value, facet.count) for facet in facets if facet.value in nodes)
    if not page.filters.category:
        return below
    steps = page.filters.category.split("/")
    trail = [slug for depth in range(len(steps)) if (slug := "/".join(steps[: depth + 1])) in nodes]
    shown = {facet.value for facet in facets}
    return (
        Choice(_("All categories"), f"?{urlencode(kept)}", False, None),
        *(
            choice(slug, page.total if slug == page.filters.category else None)
            for slug in trail
            if slug not in shown
        ),
        *below,
    )


def _nodes(nodes: tuple[CategoryNode, ...]) -> list[CategoryNode]:
    return [one for node in nodes for one in (node, *_nodes(node.children))]
