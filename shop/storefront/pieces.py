"""Pieces of HTML that depend on nothing but their values, kept in each process.

The same values give the same piece, so nothing here can be out of date. `typed`: a safe string and a plain one
are equal, yet they are written differently.
"""

import secrets
from collections.abc import Iterable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from shop.listings.selectors import ProductCard

#: Stand in a kept card for what belongs to one visitor; no text of a product can contain them by design.
_TOKEN, _NEXT = (f"{name}-{secrets.token_hex(16)}" for name in ("token", "next"))


@lru_cache(maxsize=1000, typed=True)
def icon(name: str, size: str, label: str) -> SafeString:
    """Return an icon of the sprite."""
    return _piece("icon", {"name": name, "size": size, "label": label})


@lru_cache(maxsize=5000, typed=True)
def price(fen: int | None, size: str) -> SafeString:
    """Return a sum in money colour."""
    return _piece("price", {"fen": fen, "size": size})


@lru_cache(maxsize=200, typed=True)
def seal(slug: str, size: str) -> SafeString:
    """Return a place's seal."""
    return _piece("seal", {"slug": slug, "size": size})


@lru_cache(maxsize=2000)
def _card(kind: str, card: ProductCard, language: str) -> str:
    return _piece(kind, {"card": card, "csrf_token": _TOKEN, "next": _NEXT})


@lru_cache(maxsize=500, typed=True)
def _frame(name: str, language: str, values: tuple[tuple[str, object], ...]) -> str:
    return _piece(name, {**dict(values), "csrf_token": _TOKEN, "request": _Visit})


class _Visit:
    """Stands for the request in a kept piece."""

    get_full_path = _NEXT


def frame(name: str, values: tuple[tuple[str, object], ...], *, token: str, address: str) -> SafeString:
    """Return a piece that frames every page, with the visitor's token and the way back in its forms."""
    whole = _frame(name, get_language() or "", values)
    return mark_safe(whole.replace(_TOKEN, escape(token)).replace(_NEXT, escape(address)))


def cards(kind: str, shown: Iterable[ProductCard], *, token: str, address: str) -> SafeString:
    """Return product_row or product_card for each card, with the visitor's token and the way back in the forms."""
    language = get_language() or ""
    whole = "".join(_card(kind, card, language) for card in shown)
    return mark_safe(whole.replace(_TOKEN, escape(token)).replace(_NEXT, escape(address)))


def looks() -> tuple[int, int]:
    """Return how many kept pieces were found and how many had to be written, since the process began."""
    found = [kept.cache_info() for kept in (icon, price, seal, _card, _frame)]
    return sum(info.hits for info in found), sum(info.misses for info in found)


def _piece(name: str, values: dict[str, object]) -> SafeString:
    return mark_safe(render_to_string(f"shop/components/{name}.html", values))
