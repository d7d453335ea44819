"""Pieces of HTML that depend on nothing but their values, kept in each process.

The same values give the same piece, so nothing here can be out of date. `typed`: a safe string and a plain one
are equal, yet they are written differently.
"""

import secrets
from collections.abc import Container, Hashable, Iterable, Mapping
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from shop.core.page_meta import PageMeta
from shop.listings.selectors import ProductCard

_SECRET = secrets.token_hex(16)


def mark(name: str) -> str:
    """Return what stands in a kept piece for something that is filled in later; no text can contain it by design."""
    return f"{name}-{_SECRET}"


#: Stand for what belongs to one visitor.
_TOKEN, _NEXT = mark("token"), mark("next")


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


@lru_cache(maxsize=500)
def _head_meta(meta: PageMeta | None, demo_mode: bool, shop_name: str, language: str) -> str:
    return _piece("head_meta", {"page_meta": meta, "demo_mode": demo_mode, "shop_name": shop_name})


@lru_cache(maxsize=2500)
def _card(kind: str, card: ProductCard, language: str, is_wished: bool) -> bytes:
    # Bytes, because a string with Chinese in it takes twice as much, and there is one for every product.
    values = {"card": card, "csrf_token": _TOKEN, "next": _NEXT, "is_wished": is_wished}
    return _piece(kind, values).encode()


@lru_cache(maxsize=500, typed=True)
def _frame(name: str, language: str, values: tuple[tuple[str, object], ...]) -> str:
    return _piece(name, {**dict(values), "csrf_token": _TOKEN, "request": _Visit()})


class _Visit:
    """Stands for the request in a kept piece."""

    def get_full_path(self) -> str:
        return _NEXT


def _draw(
    template: str, language: str, values: tuple[tuple[str, object], ...], holes: tuple[str, ...]
) -> bytes:
    marks = {name: mark(name) for name in holes}
    context = {**dict(values), **marks, "csrf_token": _TOKEN, "request": _Visit()}
    return render_to_string(template, context).encode()


#: Large pieces, and rows of a list.
_kept = lru_cache(maxsize=400, typed=True)(_draw)
_kept_row = lru_cache(maxsize=1000, typed=True)(_draw)


def filled_row(template: str, values: Mapping[str, Hashable], holes: Mapping[str, str]) -> SafeString:
    """As `filled`, for a row of a list: small, and kept beside the large pieces."""
    row = _kept_row(template, get_language() or "", tuple(values.items()), tuple(holes)).decode()
    for name, html in holes.items():
        row = row.replace(mark(name), html)
    return mark_safe(row)


def filled(template: str, values: Mapping[str, Hashable], holes: Mapping[str, str]) -> SafeString:
    """Return a template's HTML: drawn once for these values, and each hole filled with the HTML given for it.

    The template sees a hole as a word like any other. Tokens and addresses of a visitor's stay open: the page
    around it is closed by `closed`.
    """
    whole = _kept(template, get_language() or "", tuple(values.items()), tuple(holes)).decode()
    for name, html in holes.items():
        whole = whole.replace(mark(name), html)
    return mark_safe(whole)


def closed(html: str, *, token: str, address: str) -> SafeString:
    """Return the HTML with the visitor's token and the way back in its forms."""
    return mark_safe(html.replace(_TOKEN, escape(token)).replace(_NEXT, escape(address)))


def head_meta(meta: PageMeta | None, *, demo_mode: bool, shop_name: str) -> str:
    """Return what search engines and shared links are told of a page."""
    return _head_meta(meta, demo_mode, shop_name, get_language() or "")


def open_frame(name: str, values: tuple[tuple[str, object], ...]) -> str:
    """Return a piece that frames every page, for a page that is closed later."""
    return _frame(name, get_language() or "", values)


def frame(name: str, values: tuple[tuple[str, object], ...], *, token: str, address: str) -> SafeString:
    """Return a piece that frames every page, with the visitor's token and the way back in its forms."""
    return closed(open_frame(name, values), token=token, address=address)


def open_cards(kind: str, shown: Iterable[ProductCard], wished: Container[int] = frozenset()) -> str:
    """Return product_row or product_card for each card, for a page that is closed later.

    `wished` are the products that the visitor has kept: their hearts are filled.
    """
    language = get_language() or ""
    return b"".join(_card(kind, card, language, card.product_id in wished) for card in shown).decode()


def cards(
    kind: str,
    shown: Iterable[ProductCard],
    *,
    token: str,
    address: str,
    wished: Container[int] = frozenset(),
) -> SafeString:
    """Return product_row or product_card for each card, with the visitor's token and the way back in the forms."""
    return closed(open_cards(kind, shown, wished), token=token, address=address)


def looks() -> tuple[int, int]:
    """Return how many kept pieces were found and how many had to be written, since the process began."""
    found = [kept.cache_info() for kept in (icon, price, seal, _head_meta, _card, _frame, _kept, _kept_row)]
    return sum(info.hits for info in found), sum(info.misses for info in found)


def _piece(name: str, values: dict[str, object]) -> SafeString:
    return mark_safe(render_to_string(f"shop/components/{name}.html", values))
