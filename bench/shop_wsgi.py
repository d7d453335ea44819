"""The shop as its own entry point makes it, with the bench's counters in front when they are asked for."""

import os
from collections.abc import Callable

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse

from shop.config.wsgi import application as _shop
from shop.storefront.pieces import looks


class CountLooks:
    """Answers with X-Hits and X-Misses: the pieces of products found and written for this page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Count what this request looked for; right while one request is served at a time."""
        hits, misses = looks()
        response = self._get_response(request)
        after = looks()
        response["X-Hits"], response["X-Misses"] = str(after[0] - hits), str(after[1] - misses)
        return response


application: WSGIHandler = _shop
if os.environ.get("BENCH_COUNT"):
    settings.MIDDLEWARE = ["bench.counting.CountQueries", "bench.shop_wsgi.CountLooks", *settings.MIDDLEWARE]
    application = WSGIHandler()
