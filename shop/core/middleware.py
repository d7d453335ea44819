"""What every request passes: a name of its own for the log, and what no page of the shop takes."""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _

from shop.core import logs, measures

logger = logging.getLogger("shop.request")
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class NameRequest:
    """Gives the request an id, which its answer and every line of the log carry; writes one line about it.

    The id of a proxy in front is kept when it looks like one. The line names the page, not the address:
    an address may hold the key to a guest's order.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        asked = request.headers.get("X-Request-ID", "")
        name = asked if _SANE_ID.fullmatch(asked) else uuid.uuid4().hex
        started = time.perf_counter()
        with logs.bound(request_id=name), measures.counting() as tally:
            response = self.get_response(request)
            page = request.resolver_match.view_name if request.resolver_match else measures.NO_PAGE
            spent = round((time.perf_counter() - started) * 1000)
            extra = {"status_code": response.status_code, "milliseconds": spent}
            logger.info("%s %s", request.method, page, extra=extra)
        measures.note_request(
            view=page,
            method=request.method or "",
            status=response.status_code,
            started=started,
            queries=tally.count,
        )
        response.headers["X-Request-ID"] = name
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Mapping[str, Any]) -> None:
        """Name the order that the address is about."""
        if number := kwargs.get("number"):
            logs.bind(order=str(number))


class RefuseNullCharacters:
    """Answers 400 to a NUL in the address or a form: nobody types one, and PostgreSQL cannot store it.

    Stands behind the CSRF check. A door that is exempt from that check reads its own raw body.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse the request when a NUL is in it."""
        texts = [request.path_info, *_texts(request.GET)]
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            texts += _texts(request.POST)
        if not any("\x00" in text for text in texts):
            return None
        message = _("The request holds a character that cannot be stored (NUL).")
        return HttpResponseBadRequest(message, content_type="text/plain; charset=utf-8")


def _texts(sent: QueryDict) -> Iterator[str]:
    for name, values in sent.lists():
        yield name
        yield from map(str, values)
