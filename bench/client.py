"""The load client: closed loops of aiohttp that draw from a list of addresses until the time is over."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bench.measures import Samples

TIMEOUT = aiohttp.ClientTimeout(total=60)
MOST_REDIRECTS = 8


@dataclass
class Answer:
    """A page with the address it was found at."""

    status: int
    url: str
    text: str
    headers: dict[str, str]


@dataclass
class Visitor:
    """One browser: cookies of its own, redirects followed, forms answered with the page's own token."""

    base: str
    headers: dict[str, str]
    origin: str
    session: aiohttp.ClientSession = field(init=False)

    async def __aenter__(self) -> "Visitor":
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(self.base))
        # A connection for each request, as a proxy in front makes them: those that stay open may all have been
        # taken by one of the processes, and the other rests then, on either site and by luck.
        connector = aiohttp.TCPConnector(force_close=True)
        self.session = aiohttp.ClientSession(
            connector=connector, cookie_jar=jar, timeout=TIMEOUT, headers=self.headers
        )
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.session.close()

    async def get(self, path: str) -> Answer:
        """Return the page at the end of the redirects."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, data: Sequence[tuple[str, str]]) -> Answer:
        """Send a form and return the page that follows."""
        return await self._ask("POST", path, data)

    async def _ask(self, method: str, path: str, data: Sequence[tuple[str, str]] | None) -> Answer:
        for _ in range(MOST_REDIRECTS):
            extra = {"Origin": self.origin, "Referer": f"{self.origin}/"} if method == "POST" else {}
            url = URL(self.base + path, encoded=True)
            async with self.session.request(
                method, url, data=data, headers=extra, allow_redirects=False
            ) as got:
                text = await got.text()
            if got.status not in (301, 302, 303):
                return Answer(got.status, path, text, dict(got.headers.items()))
            # A site may name itself by the address its visitors know; here there is only this one.
            to = urlsplit(got.headers["Location"])
            path = to.path + (f"?{to.query}" if to.query else "")
            method, data = "GET", None
        return Answer(310, path, "", {})


Work = Callable[[], Awaitable[str]]


async def closed_loop(work: Iterator[Work], clients: int, seconds: float) -> Samples:
    """Let the clients take work, one piece each at a time, until the time is over or nothing is left.

    What is under way at the end is finished and counted, and so is the time that it takes.
    """
    samples = Samples()
    started = time.perf_counter()

    async def run() -> None:
        for piece in work:
            began = time.perf_counter()
            try:
                outcome = await piece()
            except (aiohttp.ClientError, TimeoutError) as error:
                outcome = type(error).__name__
            samples.outcomes[outcome] += 1
            if outcome == "ok":
                samples.latencies.append(time.perf_counter() - began)
            if time.perf_counter() - started >= seconds:
                return

    await asyncio.gather(*(run() for _ in range(clients)))
    samples.seconds = time.perf_counter() - started
    return samples


def fetches(visitor: Visitor, paths: Sequence[str]) -> Iterator[Work]:
    """Return one piece of work for each address: a page that answers 200."""

    def fetch(path: str) -> Work:
        async def piece() -> str:
            answer = await visitor.get(path)
            return "ok" if answer.status == 200 else f"status {answer.status}"

        return piece

    return iter([fetch(path) for path in paths])
