"""What a list could be narrowed to, each choice with the number of goods that it leaves."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from shop.listings.presentation import in_language
from shop.listings.selectors import BrowsePage, CategoryNode, Shelf

#: Bounds between the bands of prices, in yuan.
_BOUNDS = (30, 60, 100, 200)
#: More categories than these are found by scrolling no more.
_MOST_CATEGORIES = 8


class Choice(NamedTuple):
    """A link to the list narrowed to it; the chosen one leads back."""

    name: str
    url: str
    is_current: bool
    goods: int


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
    """Return the categories of what words found, those with most goods first."""
    english = {node.slug: node.name_en for node in _nodes(shelf.categories)}
    kept = [
        (name, value)
        for name, values in asked.lists()
        if name not in ("page", "category")
        for value in values
    ]
    facets = sorted(page.categories, key=lambda facet: -facet.count)[:_MOST_CATEGORIES]
    return tuple(
        Choice(
            in_language(facet.label, english.get(facet.value, "")),
            f"?{urlencode(kept if facet.selected else [*kept, ('category', facet.value)])}",
            facet.selected,
            facet.count,
        )
        for facet in facets
    )


def _nodes(nodes: tuple[CategoryNode, ...]) -> list[CategoryNode]:
    return [one for node in nodes for one in (node, *_nodes(node.children))]
