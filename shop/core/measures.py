"""What each process counts about its requests, for /metrics: by view, never by order, person or address.

Under gunicorn the counts of all processes of one server are added up: it names a folder for them in
PROMETHEUS_MULTIPROC_DIR before this module is read.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: The place of a web process among its siblings; the next one in that place counts on from there.
SLOT = "METRICS_SLOT"
if os.environ.get(FOLDER) and os.environ.get(SLOT):
    values.ValueClass = values.MultiProcessValue(lambda: os.environ[SLOT])  # type: ignore[no-untyped-call]

#: Of a request that led to no page: its address is not a name.
NO_PAGE = "no page"
METHODS = frozenset({"GET", "HEAD", "POST"})
REQUESTS = Counter("shop_requests", "Requests answered", ["view", "method", "status"])
SECONDS = Histogram(
    "shop_request_seconds",
    "Time from the first middleware to the answer",
    ["view"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
KEPT = Counter("shop_kept_pages", "Requests for pages that may be kept", ["found"])
QUERIES = Counter("shop_request_queries", "Statements sent to the database in requests", ["view"])


class _Tally:
    """Counts the statements of one request."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


@contextmanager
def counting() -> Iterator[_Tally]:
    """Count the statements that this thread sends within."""
    tally = _Tally()
    with connections["default"].execute_wrapper(tally):
        yield tally


def note_request(*, view: str, method: str, status: int, started: float, queries: int) -> None:
    """Add a request to the counts; `started` is `time.perf_counter()` of its beginning."""
    known = method if method in METHODS else "OTHER"
    REQUESTS.labels(view, known, f"{status // 100}xx").inc()
    SECONDS.labels(view).observe(time.perf_counter() - started)
    QUERIES.labels(view).inc(queries)


def note_kept(*, found: bool) -> None:
    """Count a request for a page that may be kept: whether it was there."""
    KEPT.labels("yes" if found else "no").inc()


def process_registry() -> CollectorRegistry:
    """Return where the counts of this process, or of all processes of its server, are read."""
    if not os.environ.get(FOLDER):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
