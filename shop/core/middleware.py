"""What no page of the shop takes."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _


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
