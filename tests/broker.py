"""The app of the Celery workers, pointed at a broker of the test's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from worker.app import TRANSPORT_OPTIONS, app


def _point(url: str, **options: Any) -> None:
    """Call at this address from now on; connections to another one are forgotten."""
    app.conf.update(broker_url=url, broker_transport_options=TRANSPORT_OPTIONS | options)
    app._pool = app.amqp._producer_pool = None


@contextmanager
def calling_at(url: str) -> Iterator[Callable[..., None]]:
    """Point the app at the address, give a function that points it elsewhere; in the end it has no broker."""
    _point(url)
    try:
        yield _point
    finally:
        _point("")
