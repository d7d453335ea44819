"""What happens by the clock. A job is safe to run twice, and to run late."""

from collections.abc import Callable
from dataclasses import dataclass

from shop.gateways import jobs as gateways


@dataclass(frozen=True)
class Job:
    """A function that runs every so many seconds, first when the worker starts."""

    name: str
    every_seconds: int
    function: Callable[[], object]


JOBS: tuple[Job, ...] = (*(Job(name, every, function) for name, every, function in gateways.JOBS),)
