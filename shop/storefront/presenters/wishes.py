"""The page of what a person has kept."""

from typing import Any

from django.core.paginator import Page
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.listings.presentation import shelf_and_cards
from shop.listings.selectors import ProductCard
from shop.opinions.models import Wish


def wishes_context(page: Page[Wish], most: int) -> dict[str, Any]:
    """Return the context of shop/storefront/wishes.html. Two queries: the page, and the state of the catalogue."""
    kept = {wish.product_id: wish for wish in page.object_list}
    shelf, cards = shelf_and_cards(list(kept))
    return {
        "rows": [_row(card, kept[card.product_id], shelf.goods[card.product_id].on_sale) for card in cards],
        "page_obj": page,
        "page_query": "",
        "most": most,
    }


def _row(card: ProductCard, wish: Wish, on_sale: bool) -> dict[str, Any]:
    return {
        "card": card,
        "state_text": _state(card, on_sale),
        "is_gone": not on_sale,
        "less_fen": max(wish.price_fen - card.price_fen, 0) if card.is_available else 0,
    }


def _state(card: ProductCard, on_sale: bool) -> str:
    if not on_sale:
        return _("No longer on sale")
    if not card.is_available:
        return _("Sold out")
    return ngettext("%(number)d in stock", "%(number)d in stock", card.stock) % {"number": card.stock}
