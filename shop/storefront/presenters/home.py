"""What the first page shows."""

from typing import Any

from shop.accounts.scope import Scope
from shop.core import clock
from shop.coupons.selectors import open_offers
from shop.coupons.slips import slips
from shop.listings.motifs import motif_url
from shop.listings.presentation import category_name, picked_ids, shown_cards
from shop.listings.selectors import current_shelf
from shop.storefront.presenters.content import content_of, hero_of, promo_of, story_of
from shop.storefront.presenters.metas import home_meta
from shop.storefront.presenters.places import place_cards

_CATEGORIES = 10
_CARDS = 8
_PROMOS = 3
_STORIES = 3
_COUPONS = 6
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


def home_context(scope: Scope) -> dict[str, Any]:
    """Return the context of shop/storefront/home.html. A fixed number of queries."""
    today = clock.today()
    shelf = current_shelf()
    content = content_of(shelf)
    hero = next(iter(content.heroes(today)), None)
    tree = {node.slug: node for node in shelf.categories}
    first = [tree[slug] for slug in _FIRST if slug in tree]
    rest = [node for slug, node in tree.items() if slug not in _FIRST]
    return {
        "page_meta": home_meta(shelf),
        "hero": hero_of(hero, shelf) if hero else None,
        "categories": [
            {"name": _short(category_name(node)), "url": node.url, "motif_url": motif_url(node.slug)}
            for node in [*first, *rest][:_CATEGORIES]
        ],
        "coupons": slips([one for one, _rule in open_offers(shelf)[:_COUPONS]], scope, shelf),
        "regions": place_cards(today, shelf),
        "cards": shown_cards(picked_ids((hero and hero.in_season) or list(tree), _CARDS, shelf), shelf),
        "promos": [
            promo for banner in content.promos(today) if (promo := promo_of(banner, shelf)) is not None
        ][:_PROMOS],
        "stories": [story_of(story) for story in content.home_stories(today)[:_STORIES]],
    }


def _short(name: str) -> str:
    """Return the first of the things a name joins, for the narrow labels: 青瓷宝剑与竹木 → 青瓷宝剑."""
    return name.split("与", maxsplit=1)[0].split(" and ", maxsplit=1)[0].split(", ", maxsplit=1)[0]
