"""What a page does behind the visitor's back."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError

#: Opens a phone of its own, with the options of Browser.new_context.
Visit = Callable[..., Page]

#: A form that is shown again with what is wrong in it.
REFUSED = 422
#: What Chromium writes for every answer of 400 and above; `answers` names the address as well.
_STATUS_LINE = "Failed to load resource"


class Watch:
    """Collects what no page of the shop may do.

    `complaints` are messages of the console (a breach of the content policy among them), errors of scripts,
    answers of 400 and above but forms refused in words, which a test reads, requests to anyone but the shop
    and the page to pay on, and Oscar's own style sheets and scripts, which are Bootstrap's.
    """

    def __init__(self, context: BrowserContext, *bases: str) -> None:
        self.places = [urlsplit(base).netloc for base in bases]
        self.pages = 0
        self.complaints: list[str] = []
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and _STATUS_LINE not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data" and address.netloc not in self.places:
            self.complaints.append(f"request to {request.url}")
        elif address.path.startswith("/static/oscar/") or "bootstrap" in address.path:
            self.complaints.append(f"dress of Oscar's own pages: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status == REFUSED and response.request.method == "POST":
            self.pages += 1
        elif response.status >= 400:
            self.complaints.append(f"{response.status} for {response.url}")
        elif response.request.is_navigation_request():
            self.pages += 1
