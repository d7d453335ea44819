"""Answers visitors without a name from pages that are kept whole, before session, basket and language are asked."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware, _does_token_match, get_token  # type: ignore[attr-defined]
from django.utils.translation import get_language_from_request

from shop.core import clock, measures
from shop.core.keeping import parameters_of, shown_by
from shop.listings.marking import MARKED_TABLES
from shop.storefront.context_processors import ELDER_COOKIE
from shop.storefront.keeping.looks import Look, Looker
from shop.storefront.keeping.store import KeptPage, Key, Store, packed
from shop.storefront.pieces import mark

#: How long a page lives that was read from tables which no look sees, and how long any other: the belt to the braces.
UNSEEN_LIVES, LIVES = dt.timedelta(seconds=3), dt.timedelta(seconds=60)
LOOKED_AT = frozenset({*MARKED_TABLES, "listings_cataloguechange", "listings_rating", "partner_stockrecord"})
#: Of an address that is kept.
LONGEST_QUERY = 300
_MARK = mark("page-token").encode()
_TOKEN = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])")
_TABLE = re.compile(r'\b(?:FROM|JOIN)\s+"?(\w+)', re.IGNORECASE)
_VARIES = frozenset({"cookie", "accept-language"})

#: One for the process, whatever number of handlers it has.
store = Store(0)
looker = Looker(store.facts)


class KeptPages:
    """Keeps pages of views that allow it (core.keeping), for visitors of whom nothing is known.

    Stands below what dresses every answer - request id, security headers, content policy - and above everything that
    asks who is there. The token of a kept page is the visitor's own, and so is the cookie that goes with it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if settings.KEPT_PAGES_MB <= 0:
            raise MiddlewareNotUsed
        store.most_bytes = settings.KEPT_PAGES_MB * 2**20
        self.get_response = get_response
        self._csrf = CsrfViewMiddleware(get_response)
        self._harmless = {settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, ELDER_COOKIE}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from a kept page, or pass the request on and keep the page that comes."""
        key = self._key(request)
        if key is None:
            return self.get_response(request)
        if (page := _found(key)) is not None:
            measures.note_kept(found=True)
            return self._answer(request, page)
        request.kept_visit = visit = _Visit(key)  # type: ignore[attr-defined]
        with connection.execute_wrapper(visit):
            response = self.get_response(request)
        if visit.seen is not None:
            measures.note_kept(found=False)
            self._keep(request, response, visit, *visit.seen)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Look how things stand before the view reads them."""
        visit: _Visit | None = getattr(request, "kept_visit", None)
        parameters = parameters_of(view)
        if visit is not None and parameters is not None and request.GET.keys() <= parameters:
            now = clock.now()
            visit.seen = (looker.look(now), now)
            visit.tables.clear()

    def _key(self, request: HttpRequest) -> Key | None:
        """Return what a page of this visitor's depends on, None when it depends on more."""
        meta = request.META
        query = meta.get("QUERY_STRING", "")
        if request.method not in ("GET", "HEAD") or len(query) > LONGEST_QUERY:
            return None
        if (
            "HTTP_AUTHORIZATION" in meta
            or "HTTP_HX_REQUEST" in meta
            or not request.COOKIES.keys() <= self._harmless
        ):
            return None
        return (
            request.scheme,
            request.get_host(),
            request.path,
            query,
            get_language_from_request(request),
            request.COOKIES.get(ELDER_COOKIE) == "1",
        )

    def _answer(self, request: HttpRequest, page: KeptPage) -> HttpResponse:
        body = page.body
        request.resolver_match = page.match
        if not page.has_token:
            return HttpResponse(body, headers=page.headers)
        self._csrf.process_request(request)
        response = HttpResponse(body.replace(_MARK, get_token(request).encode()), headers=page.headers)
        self._csrf.process_response(request, response)
        return response

    def _keep(
        self, request: HttpRequest, response: HttpResponseBase, visit: "_Visit", look: Look, now: dt.datetime
    ) -> None:
        """Keep the page, if it says nothing of its visitor but the token, which is taken out."""
        if request.method != "GET" or not isinstance(response, HttpResponse) or response.status_code != 200:
            return
        cookies, varies = response.cookies.keys(), response.headers.get("Vary", "").lower().split(",")
        nonce = getattr(request, "_csp_nonce", None)
        if (
            cookies - {settings.CSRF_COOKIE_NAME}
            or {name.strip() for name in varies} - _VARIES - {""}
            or nonce
        ):
            return
        body = _without_token(response.content, request.META.get("CSRF_COOKIE", ""))
        if body is None or request.resolver_match is None:
            return
        facts = shown_by(request)
        page = KeptPage(
            packed=packed(body),
            headers=dict(response.headers),
            has_token=bool(cookies) or _MARK in body,
            match=request.resolver_match,
            look=look,
            facts=facts,
            made_at=now,
            lives=LIVES if visit.tables <= LOOKED_AT else UNSEEN_LIVES,
            checked=look.number,
        )
        store.put(visit.key, page)


@dataclass
class _Visit:
    """A request whose page may come to be kept; notes the tables that are read for it."""

    key: Key
    seen: tuple[Look, dt.datetime] | None = None
    tables: set[str] = field(default_factory=set)

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.tables.update(_TABLE.findall(str(sql)))
        return execute(sql, params, many, context)


def _found(key: Key) -> KeptPage | None:
    """Return the kept page, if it is still so."""
    page = store.find(key)
    if page is None:
        return None
    now = clock.now()
    if page.holds(looker.look(now), now):
        return page
    store.drop(key, page)
    return None


def _without_token(body: bytes, secret: str) -> bytes | None:
    """Return the page with the mark in the place of every token of this secret; None when one cannot be told."""
    found = 0

    def marked(match: re.Match[bytes]) -> bytes:
        nonlocal found
        if not secret or not _does_token_match(match[0].decode(), secret):
            return match[0]
        found += 1
        return _MARK

    shown = _TOKEN.sub(marked, body)
    return shown if found >= body.count(b"csrfmiddlewaretoken") else None
