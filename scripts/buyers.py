"""Guests who buy over HTTP as a browser does, and who try again when the shop does not answer."""

import html
import http.cookiejar
import itertools
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

ADDRESS = {
    "phone": "13800000099",
    "province": "浙江省",
    "city": "杭州市",
    "county": "萧山区",
    "street": "市心中路1号",
    "consent": "on",
    "method": "demo",
}
SUCCEED, FAIL, STRIPE = "succeed", "fail", "stripe"
#: What the shop says of a payment: PayStatus of shop.gateways.
PAID, CONFIRMING, CLOSED = SETTLED = "paid", "confirming", "closed"
#: How long a person tries again before they go away, and how long they rest in between.
PATIENCE = 240.0
REST = 0.5
ANSWER_WITHIN = 30.0
#: A form that comes back with a sentence on it.
REFUSED = (400, 409)
AGAIN = 3


class GaveUpError(Exception):
    """The shop did not do what was asked within a buyer's patience."""


class _Troubled(Exception):
    """No answer, or one that says the shop is in trouble: worth another try."""


@dataclass(frozen=True)
class Page:
    """An answer: where it led to in the end, and its text."""

    address: str
    text: str


@dataclass
class Sales:
    """What the buyers were told; filled from several threads.

    `placed` names the order of each buyer, `paid` the orders that the shop called paid, `confirming` those whose
    money had left the buyer's hands when the shop had not heard of it yet, `closed` those whose time to pay was over.
    """

    placed: dict[str, str] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    confirming: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    gave_up: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    retries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Visitor:
    """One browser: its cookies, its name, and its patience."""

    def __init__(self, base: str, name: str, sales: Sales) -> None:
        self.base, self.name, self.sales = base, name, sales
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            # Asked directly: a proxy of this network would not find this machine.
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.cookies),
        )
        self.until = time.monotonic() + PATIENCE

    def _ask(self, path: str, form: dict[str, str] | None) -> Page:
        address = urllib.parse.urljoin(self.base, path)
        data = None
        if form is not None:
            token = next((cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken"), "")
            data = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": token}).encode()
        try:
            with self.opener.open(urllib.request.Request(address, data), timeout=ANSWER_WITHIN) as answer:
                return Page(answer.geturl(), answer.read().decode())
        except urllib.error.HTTPError as error:
            if error.code in REFUSED and form is not None:
                return Page(error.geturl(), error.read().decode())
            if error.code >= 500:
                raise _Troubled(f"{error.code} at {path}") from error
            raise GaveUpError(f"{error.code} at {path}") from error
        except (OSError, http.client.HTTPException) as error:
            raise _Troubled(f"{type(error).__name__} at {path}") from error

    def go(self, path: str, form: dict[str, str] | None = None) -> Page:
        """Open a page or send a form, again and again while the shop is in trouble. Raises GaveUpError."""
        while True:
            try:
                page = self._ask(path, form)
                with self.sales.lock:
                    self.sales.requests += 1
                return page
            except _Troubled as trouble:
                if time.monotonic() > self.until:
                    raise GaveUpError(str(trouble)) from trouble
                with self.sales.lock:
                    self.sales.retries += 1
                time.sleep(REST)


def products(base: str) -> list[str]:
    """Return the addresses of goods on the first page of the catalogue."""
    page = Visitor(base, "", Sales()).go("/catalogue/")
    return sorted(set(re.findall(r'href="(/catalogue/[^"/]+_\d+/)"', page.text)))


def buy(base: str, name: str, goods: Sequence[str], sales: Sales, choice: str = SUCCEED) -> str:
    """Buy one unit of the first goods that are there, as a guest of that name, and pay on the demonstration's page.

    `choice` is the button pressed there the first time: succeed, fail, late or duplicate. After a failure they
    try once more and succeed. With `stripe` they go to its page, and when that is not to be had pay as all do.
    Return the order's number. What the shop confirms is noted in `sales` at once. Raises GaveUpError.
    """
    visitor = Visitor(base, name, sales)
    checkout = next((page for product in goods if 'name="digest"' in (page := _fill(visitor, product))), "")
    if not checkout:
        raise GaveUpError("everything is sold out")
    placed = _send(visitor, checkout)
    for _again in range(AGAIN):
        # The quote has changed meanwhile, with the clock for instance: what is new is looked at, and sent.
        if 'name="digest"' in placed.text:
            placed = _send(visitor, placed.text)
    found = re.search(r"/pay/([^/]+)/", placed.address)
    if not found:
        raise GaveUpError(f"the checkout led to {placed.address}: {_errors(placed.text)}")
    order = found[1]
    with sales.lock:
        sales.placed[name] = order
    status = _pay(visitor, order, choice)
    told = {PAID: sales.paid, CONFIRMING: sales.confirming, CLOSED: sales.closed}
    with sales.lock:
        told[status].add(order)
    return order


def _send(visitor: Visitor, checkout: str) -> Page:
    signs = {sign: _hidden(checkout, sign) for sign in ("basket", "digest", "seen")}
    return visitor.go("/checkout/", {**ADDRESS, **signs, "recipient_name": visitor.name})


def _fill(visitor: Visitor, product: str) -> str:
    """Put one unit into the basket; return the checkout's text, which has no form when the goods are sold out.

    An add whose answer was lost is simply done again: two units are one order all the same.
    """
    visitor.go(product)
    visitor.go(f"/basket/add/{product.rstrip('/').rpartition('_')[2]}/", {"quantity": "1"})
    return visitor.go("/checkout/").text


def _pay(visitor: Visitor, order: str, choice: str) -> str:
    """Pay, and return what the shop says then: paid, confirming or closed. Raises GaveUpError.

    When the shop died between the provider's page and its own books, it shows that the payment is being confirmed,
    and asks the provider by the clock: then there is nothing more for a buyer to do. Nor is there when the clock
    says that the time to pay is over.
    """
    while (status := _status(visitor, order)) not in (PAID, CLOSED):
        if time.monotonic() > visitor.until:
            raise GaveUpError(f"{order} is not paid: {status}")
        method = STRIPE if choice == STRIPE else "demo"
        page = visitor.go(f"/pay/{order}/start/", {"method": method})
        if "/c/pay/" in page.address:
            page = visitor.go(page.address, {"choice": "pay"})
        elif method == STRIPE:
            # Not to be had just now: another way then.
            choice = SUCCEED
        if "/demo-pay/" in page.address:
            page = visitor.go(page.address, {"choice": choice})
            if choice == FAIL:
                choice = SUCCEED
                continue
        if not page.address.endswith("/return/"):
            # Refused: the order is being closed, or staff look at its money.
            time.sleep(REST)
        elif (status := _status(visitor, order)) in SETTLED:
            return status
    return status


def _status(visitor: Visitor, order: str) -> str:
    found = re.search(r'data-pay-status="(\w+)"', visitor.go(f"/pay/{order}/state/").text)
    return found[1] if found else ""


def _hidden(text: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', text)
    return html.unescape(found[1]) if found else ""


def _errors(text: str) -> str:
    found = re.findall(r'class="[^"]*(?:error|alert)[^"]*"[^>]*>([^<]+)', text)
    return "; ".join(part.strip() for part in found if part.strip())[:200]


class Crowd:
    """Buyers at a shop, so many at once, each of one unit of goods and with a way to pay drawn by the seed."""

    def __init__(
        self,
        base: str,
        orders: int,
        at_once: int,
        draw: random.Random,
        prefix: str,
        choices: Sequence[str] = (SUCCEED,),
    ) -> None:
        goods = products(base)
        self.sales = Sales()
        self._pool = ThreadPoolExecutor(at_once)
        self._all = [
            self._pool.submit(
                self._buy, base, f"{prefix}{number:04d}", draw.sample(goods, len(goods)), draw.choice(choices)
            )
            for number in range(1, orders + 1)
        ]

    def _buy(self, base: str, name: str, goods: Sequence[str], choice: str) -> None:
        try:
            buy(base, name, goods, self.sales, choice)
        except GaveUpError as error:
            with self.sales.lock:
                self.sales.gave_up[name] = str(error)

    def done(self) -> int:
        """Return how many buyers have finished."""
        return sum(future.done() for future in self._all)

    def wait(self) -> None:
        """Wait for the last buyer; raises what a buyer's own code raised."""
        for future in self._all:
            future.result()
        self._pool.shutdown()


class Stream:
    """Buyers who come one after another, so many at once, until the shop has been tried for long enough."""

    def __init__(self, base: str, at_once: int, seed: int, prefix: str) -> None:
        self.sales, self._base, self._prefix = Sales(), base, prefix
        self._goods, self._numbers, self._over = products(base), itertools.count(1), threading.Event()
        self._pool = ThreadPoolExecutor(at_once)
        self._all = [self._pool.submit(self._come, random.Random(seed + place)) for place in range(at_once)]

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Nobody goes on buying after the block; what a buyer's code raised does not hide why it ended."""
        self._over.set()
        self._pool.shutdown()

    def _come(self, draw: random.Random) -> None:
        while not self._over.is_set():
            name = f"{self._prefix}{next(self._numbers):04d}"
            try:
                buy(self._base, name, draw.sample(self._goods, len(self._goods)), self.sales)
            except GaveUpError as error:
                with self.sales.lock:
                    self.sales.gave_up[name] = str(error)

    def bought(self) -> int:
        """Return how many orders are placed and known."""
        return len(self.sales.paid) + len(self.sales.confirming)

    def stop(self) -> None:
        """Let nobody new come, and wait for those who are there; raises what a buyer's own code raised."""
        self._over.set()
        for future in self._all:
            future.result()
        self._pool.shutdown()
