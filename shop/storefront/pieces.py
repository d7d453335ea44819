"""Pieces of HTML that depend on nothing but their values, kept in each process.

The same values give the same piece, so nothing here can be out of date. `typed`: a safe string and a plain one
are equal, yet they are written differently.
"""

import secrets
from collections.abc import Callable, Hashable, Mapping
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, TypeVar

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from shop.core.page_meta import PageMeta

T = TypeVar("T")
_SECRET = secrets.token_hex(16)
_KEPT: "list[_lru_cache_wrapper[Any]]" = []


def keep(most: int) -> Callable[[Callable[..., T]], "_lru_cache_wrapper[T]"]:
    """Keep up to so many pieces that a function has written; `looks` counts them."""

    def kept(write: Callable[..., T]) -> "_lru_cache_wrapper[T]":
        _KEPT.append(cached := lru_cache(maxsize=most, typed=True)(write))
        return cached

    return kept


def mark(name: str) -> str:
    """Return what stands in a kept piece for something that is filled in later; no text can contain it by design."""
    return f"{name}-{_SECRET}"


#: Stand for what belongs to one visitor.
_TOKEN, _NEXT = mark("token"), mark("next")


@keep(1000)
def icon(name: str, size: str, label: str) -> SafeString:
    """Return an icon of the sprite."""
    return _piece("icon", {"name": name, "size": size, "label": label})


@keep(5000)
def price(fen: int | None, size: str) -> SafeString:
    """Return a sum in money colour."""
    return _piece("price", {"fen": fen, "size": size})


@keep(200)
def seal(slug: str, size: str) -> SafeString:
    """Return a place's seal."""
    return _piece("seal", {"slug": slug, "size": size})


@keep(500)
def _head_meta(meta: PageMeta | None, demo_mode: bool, shop_name: str, language: str) -> str:
    return _piece("head_meta", {"page_meta": meta, "demo_mode": demo_mode, "shop_name": shop_name})


@keep(500)
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
_kept = keep(400)(_draw)
_kept_row = keep(1000)(_draw)


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


def looks() -> tuple[int, int]:
    """Return how many kept pieces were found and how many had to be written, since the process began."""
    found = [kept.cache_info() for kept in _KEPT]
    return sum(info.hits for info in found), sum(info.misses for info in found)


def component(name: str, values: dict[str, object]) -> SafeString:
    """Return a component's HTML, to be kept: the visitor's token and the way back stay open for `closed`."""
    return _piece(name, {**values, "csrf_token": _TOKEN, "next": _NEXT})


def _piece(name: str, values: dict[str, object]) -> SafeString:
    return mark_safe(render_to_string(f"shop/components/{name}.html", values))
