"""The batch of a product that is sold next, as its page names it."""

import datetime as dt

from django.utils.translation import gettext as _

from shop.core import clock
from shop.listings.selectors import ProductCard, Shelf
from shop.ordering.sellable import next_lot
from shop.ordering.status import StockPool
from shop.ordering.stock_models import GoodsLot


def batch_of(card: ProductCard, shelf: Shelf) -> str:
    """Return the lot that leaves next with its days, "" where the goods are of none.

    Asked anew when what is left changes, and else as it stood in this minute: two queries at most.
    """
    kept: dict[tuple[dt.datetime, int], GoodsLot | None] = shelf.remember(("lot", card.product_id), dict)
    state = (clock.now().replace(second=0, microsecond=0), card.stock)
    try:
        lot = kept[state]
    except KeyError:
        lot = next_lot(card.product_id, StockPool.RETAIL)
        kept.clear()
        kept[state] = lot
    return _words(lot) if lot else ""


def _words(lot: GoodsLot) -> str:
    words = [lot.code]
    if lot.produced_on:
        words.append(_("produced on %(day)s") % {"day": lot.produced_on.isoformat()})
    if lot.expires_on:
        words.append(_("best before %(day)s") % {"day": lot.expires_on.isoformat()})
    return "·".join(words)
