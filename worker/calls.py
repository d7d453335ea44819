"""Calls to the workers: the same call waits in the broker once, however many commits ask for it.

Under load a call would follow every commit and every delivery, and the workers would spend more on being called
than on what they are called for.
"""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import RedisError

from worker.app import STALE_SECONDS, app

#: A call that was lost stands in the way of the next one no longer than this.
WAITING_MILLISECONDS = 1000


def call(task: str, *arguments: str, **options: str) -> None:
    """Have a task run, unless the same call waits already. Raises what the client raises; never tries twice."""
    with app.producer_pool.acquire(block=True) as producer:
        if _waits(producer, _mark(task, arguments)):
            return
        app.send_task(task, args=arguments, producer=producer, retry=False, expires=STALE_SECONDS, **options)


def heard(task: str, *arguments: str) -> None:
    """Let the same call be made again. To be said before looking at what there is to do; raises nothing."""
    try:
        with app.producer_pool.acquire(block=True) as producer:
            producer.channel.client.delete(_mark(task, arguments))
    except Exception:  # The client of a broker raises many kinds, and the mark ends by itself.
        return


def any_waits(queues: Sequence[str]) -> bool:
    """Return whether a call waits in one of the queues; False when the broker does not say. Raises nothing."""
    if not queues:
        return False
    try:
        with app.producer_pool.acquire(block=True) as producer:
            # kombu keeps a queue as a list under its name; an empty list is not there.
            return bool(producer.channel.client.exists(*queues))
    except Exception:  # The client of a broker raises many kinds; none is the caller's.
        return False


def _waits(producer: Any, mark: str) -> bool:
    try:
        return not producer.channel.client.set(mark, 1, nx=True, px=WAITING_MILLISECONDS)
    except RedisError:
        return False  # The call itself meets the same broker, and says so.


def _mark(task: str, arguments: tuple[str, ...]) -> str:
    return ":".join(("waiting", task, *arguments))
