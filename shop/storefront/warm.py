"""What a web process does before its first visitor, so that nobody waits for what depends on nobody."""

import ctypes
import gc
import logging
import sys
from itertools import islice
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import DatabaseError, connections
from django.template.loader import get_template
from django.urls import resolve, reverse
from django.utils import translation

from shop.listings.presentation import shown_cards
from shop.listings.selectors import ProductCard, current_shelf, listing_rows
from shop.storefront.cards import cards as write_cards

logger = logging.getLogger(__name__)

#: Pages whose code, addresses, translations and templates are all that the pages of goods need.
PAGES = ("home", "catalogue:index")
#: Further templates on the way of a purchase: compiled here, since their pages need a basket or an order.
TEMPLATES = (
    "shop/basket/summary.html",
    "shop/checkout/checkout.html",
    "shop/gateways/cashier.html",
    "shop/gateways/return.html",
)
#: Of a larger catalogue the first in the shop's order; the others' pieces are written when they are shown.
MOST_PIECES = 1000
#: Pages of products that are drawn beforehand; each takes a few milliseconds and some 30 kB.
MOST_PAGES = 200


def warm_up() -> None:
    """Read the catalogue, compile the templates and write the pieces of products, in this process.

    Nothing of it belongs to a visitor, and all of it would be made by the first pages. A database that is not
    there yet is no reason not to start: then the first pages make it. Safe to call again.
    """
    try:
        with translation.override(settings.LANGUAGE_CODE):
            _open_pages(_write_pieces())
            for name in TEMPLATES:
                get_template(name)
    except DatabaseError as error:
        logger.warning("this process starts cold: %s", type(error).__name__)
    finally:
        connections.close_all()
    # What there is now stays as long as the process does: the collector need not look through it again.
    gc.collect()
    _give_memory_back()
    gc.freeze()


def _give_memory_back() -> None:
    """Give the system what reading took and nothing holds any more; the C library would keep it for later."""
    if sys.platform.startswith("linux") and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)


def _write_pieces() -> list[ProductCard]:
    """Write what the lists show of the goods, read what their own pages say, and return their cards."""
    shelf = current_shelf()
    ids = [one.product_id for one in islice(shelf.on_sale, MOST_PIECES)]
    cards = shown_cards(ids, shelf)
    write_cards("product_row", cards, token="", address="")
    listing_rows(ids, shelf)
    return cards


def _open_pages(cards: list[ProductCard]) -> None:
    """Ask for pages, one product's among them, as a visitor without cookies would; draw those of further products."""
    answer = WSGIHandler()
    for path in [*map(reverse, PAGES), *(card.url for card in cards[:1])]:
        answer.get_response(_request(path))
    for card in cards[1:MOST_PAGES]:
        # By its view alone: nobody has asked for it, so it is neither logged nor counted.
        request, match = _request(card.url), resolve(card.url)
        request.session, request.user = SessionStore(), AnonymousUser()
        match.func(request, *match.args, **match.kwargs)


def _request(path: str) -> WSGIRequest:
    host = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    environ: dict[str, Any] = {
        "HTTP_HOST": host,
        "HTTP_X_FORWARDED_PROTO": "https",
        "PATH_INFO": path,
        "wsgi.url_scheme": "https",
    }
    setup_testing_defaults(environ)
    return WSGIRequest(environ)
