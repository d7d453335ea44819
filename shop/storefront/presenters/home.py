"""What the first page shows."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse

from shop.core import clock
from shop.listings.motifs import motif_url
from shop.listings.presentation import category_name, picked_ids, shown_cards
from shop.listings.selectors import CategoryNode, current_shelf
from shop.storefront.presenters.places import place_cards
from shop.storefront.seasons import Season, season_of

_CATEGORIES = 10
_CARDS = 8
#: The ten round categories of the first page.
_FIRST = (
    "tea",
    "honey",
    "mushrooms-fungi",
    "cured-meat",
    "corn",
    "nuts-fruit",
    "grain-oil",
    "celadon-crafts",
    "beef",
    "gift-boxes",
)


def home_context() -> dict[str, Any]:
    """Return the context of shop/storefront/home.html. A fixed number of queries."""
    today = clock.today()
    season = season_of(today.month)
    shelf = current_shelf()
    tree = {node.slug: node for node in shelf.categories}
    first = [tree[slug] for slug in _FIRST if slug in tree]
    rest = [node for slug, node in tree.items() if slug not in _FIRST]
    return {
        "hero": _hero(season, tree),
        "categories": [
            {"name": _short(category_name(node)), "url": node.url, "motif_url": motif_url(node.slug)}
            for node in [*first, *rest][:_CATEGORIES]
        ],
        "regions": place_cards(today),
        "cards": shown_cards(picked_ids(season.in_season, _CARDS, shelf), shelf),
        "promo": _promo(season, tree),
    }


def _short(name: str) -> str:
    """Return the first of the things a name joins, for the narrow labels: 青瓷宝剑与竹木 → 青瓷宝剑."""
    return name.split("与", maxsplit=1)[0].split(" and ", maxsplit=1)[0].split(", ", maxsplit=1)[0]


def _hero(season: Season, tree: dict[str, CategoryNode]) -> dict[str, object]:
    node = tree.get(season.category)
    address = node.url if node else reverse("catalogue:index")
    return {
        "title_lines": season.title_lines,
        "text": season.text,
        "url": f"{address}?region={season.region}",
        "image_url": static(f"shop/img/season-{season.region}-{season.category}.webp"),
        "region_slug": season.region,
        "kicker": season.kicker,
    }


def _promo(season: Season, tree: dict[str, CategoryNode]) -> dict[str, object] | None:
    node = tree.get(season.promo_category)
    if node is None:
        return None
    return {
        "title": season.promo_title,
        "text": season.promo_text,
        "url": node.url,
        "motif_url": motif_url(season.promo_category),
    }
