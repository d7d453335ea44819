"""What a search that found nothing offers instead."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from shop.listings.presentation import in_language, shown_cards
from shop.listings.selectors import BrowseFilters, BrowsePage, Shelf, Suggestion, browse, nearest

#: So many goods that are like what was asked for.
_SIMILAR = 4


def instead_of_nothing(request: HttpRequest, page: BrowsePage, query: str, shelf: Shelf) -> dict[str, Any]:
    """Return the words that come nearest, goods like them, and the way back to all that the words alone find."""
    if page.total or not query:
        return {"nearest": [], "similar": [], "unfiltered_url": ""}
    if browse(BrowseFilters(q=query), shelf=shelf).total:
        return {"nearest": [], "similar": [], "unfiltered_url": f"?{urlencode({'q': query})}"}
    found = nearest(query)
    words = {in_language(one.name_zh, one.name_en): _search_url(one) for one in found}
    goods = [one.name_zh for one in found if one.kind == "goods"] or [one.name_zh for one in found]
    like = browse(BrowseFilters(q=goods[0]), page_size=_SIMILAR, shelf=shelf).ids if goods else []
    return {"nearest": list(words.items()), "similar": shown_cards(like, shelf), "unfiltered_url": ""}


def _search_url(one: Suggestion) -> str:
    return f"{reverse('search:search')}?{urlencode({'q': one.name_zh})}"
