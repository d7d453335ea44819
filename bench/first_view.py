"""What a first visit weighs and how soon it is there: a cheap phone on a slow line, in Chromium.

Imports nothing that only the bench has, so that a test looks at pages in the same way.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from console import Failed
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from bench.ledger_report import section_in as section_between
from bench.ledger_report import table

BEGIN, END = "<!-- weight -->", "<!-- end of weight -->"
VIEWS = 5
MOST_WIRE, MOST_HTML, MOST_PICTURE = 150_000, 60_000, 60_000
MOST_SHIFT, MOST_SECONDS = 0.02, 1.5
#: A phone four times slower than this machine, 150 ms round trip, 1.6 Mbit/s down and 0.75 up.
SLOWER = 4
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
PHONE: ViewportSize = {"width": 390, "height": 844}

_PAINTED = """() => new Promise(done => {
  let [painted, shifted] = [0, 0];
  const watch = (type, note) => new PerformanceObserver(list => list.getEntries().forEach(note))
    .observe({ type, buffered: true });
  watch('largest-contentful-paint', entry => { painted = entry.startTime; });
  watch('layout-shift', entry => { if (!entry.hadRecentInput) shifted += entry.value; });
  setTimeout(() => done([painted / 1000, shifted]), 300);
})"""
_IN_VIEW = """[...document.images].filter(image => {
  const box = image.getBoundingClientRect();
  return box.width && box.top < innerHeight && box.bottom > 0;
}).map(image => image.currentSrc)"""
_METHOD = """A new visitor's first view of each page at 390 × 844, {views} times, each with an empty cache, in \
Chromium over its debugging protocol: processor {slower} × slower, 150 ms round trip, 1.6 Mbit/s down and 0.75 up. \
The shop has the settings of production behind nginx with `deploy/nginx.conf`. **Wire** is everything but pictures, \
headers included; **picture** the largest one that the first screen shows; times and shifts are medians."""


@dataclass
class View:
    """A first view: bytes, the hosts of others that were asked, shift of the layout, seconds to the largest paint."""

    html: int = 0
    wire: int = 0
    picture: int = 0
    strangers: list[str] = field(default_factory=list)
    shift: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Weight:
    """What was found of one page."""

    page: str
    views: Sequence[View]

    @property
    def seconds(self) -> float:
        """Return the median of the seconds to the largest paint."""
        return statistics.median(view.seconds for view in self.views)

    @property
    def shift(self) -> float:
        """Return the median of the layout's shifts."""
        return statistics.median(view.shift for view in self.views)

    def most(self, name: str) -> int:
        """Return the largest number of bytes of that name."""
        return max(int(getattr(view, name)) for view in self.views)

    @property
    def strangers(self) -> list[str]:
        """Return the hosts of others that any view asked."""
        return sorted({host for view in self.views for host in view.strangers})


class _Wire:
    """Adds up what comes over the wire of one page."""

    def __init__(self, context: BrowserContext, page: Page, *, slowly: bool) -> None:
        self.kinds: dict[str, tuple[str, str]] = {}
        self.bytes: dict[str, int] = {}
        session = context.new_cdp_session(page)
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")
        if slowly:
            session.send("Network.emulateNetworkConditions", LINE)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def _received(self, told: dict[str, object]) -> None:
        response = told["response"]
        assert isinstance(response, dict)
        self.kinds[str(told["requestId"])] = (str(told["type"]), str(response["url"]))

    def _finished(self, told: dict[str, object]) -> None:
        self.bytes[str(told["requestId"])] = int(str(told["encodedDataLength"]).partition(".")[0])

    def of(self, view: View, base: str, shown: set[str]) -> None:
        """Write the sums into the view; `shown` are the addresses of the pictures on the first screen."""
        for key, (kind, url) in self.kinds.items():
            size = self.bytes.get(key, 0)
            if urlsplit(url).netloc != urlsplit(base).netloc and not url.startswith("data:"):
                view.strangers.append(urlsplit(url).netloc)
            if kind != "Image":
                view.wire += size
            elif url in shown:
                view.picture = max(view.picture, size)


def first_view(browser: Browser, base: str, path: str, *, slowly: bool = True) -> View:
    """Look at a page as a new visitor. Raises Failed when it does not answer with 200."""
    context = browser.new_context(
        base_url=base, viewport=PHONE, locale="zh-CN", extra_http_headers={"X-Forwarded-Proto": "https"}
    )
    try:
        page, view = context.new_page(), View()
        wire = _Wire(context, page, slowly=slowly)
        answer = page.goto(path, wait_until="load", timeout=120_000)
        if answer is None or answer.status != 200:
            raise Failed(f"{base}{path} answered {answer.status if answer else 'nothing'}.")
        view.seconds, view.shift = page.evaluate(_PAINTED)
        view.html = len(answer.body())
        wire.of(view, base, set(page.evaluate(_IN_VIEW)))
        return view
    finally:
        context.close()


def judged(weights: Sequence[Weight]) -> list[tuple[str, str, bool]]:
    """Return every bar as (what, found, reached)."""
    rows = []
    for one in weights:
        sizes = (("wire", MOST_WIRE), ("html", MOST_HTML), ("picture", MOST_PICTURE))
        for name, most in sizes:
            found = one.most(name)
            rows.append((f"{one.page.title()}: {name} ≤ {most // 1000} kB", _kilobytes(found), found <= most))
        strangers = ", ".join(one.strangers) or "none"
        rows.append((f"{one.page.title()}: asks nobody else", strangers, not one.strangers))
        rows.append(
            (f"{one.page.title()}: CLS ≤ {MOST_SHIFT:g}", f"{one.shift:.3f}", one.shift <= MOST_SHIFT)
        )
        reached = 0 < one.seconds <= MOST_SECONDS
        rows.append((f"{one.page.title()}: LCP ≤ {MOST_SECONDS:g} s", f"{one.seconds:.2f} s", reached))
    return rows


def section(weights: Sequence[Weight], taken: str) -> str:
    """Return the section, with the marks around it; `taken` says when and on what."""
    bars = [(what, found, "pass" if good else "**FAIL**") for what, found, good in judged(weights)]
    parts = [
        *(BEGIN, "## Weight of a first view", taken, _METHOD.format(views=VIEWS, slower=SLOWER)),
        table(("Page", "wire", "HTML", "picture", "CLS", "LCP"), [row(one) for one in weights]),
        *(table(("Bar", "Found", ""), bars), END),
    ]
    return "\n\n".join(parts)


def section_in(text: str) -> str:
    """Return the section of a document as it stands, "" where it has none."""
    return section_between(text, BEGIN, END)


def row(one: Weight) -> tuple[str, ...]:
    sizes = (_kilobytes(one.most(name)) for name in ("wire", "html", "picture"))
    return (one.page, *sizes, f"{one.shift:.3f}", f"{one.seconds:.2f} s")


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.1f} kB"
