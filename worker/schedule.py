"""What happens by the clock. A job is safe to run twice, and to run late."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A function that runs every so many seconds, first when the worker starts."""

    name: str
    every_seconds: int
    function: Callable[[], object]


JOBS: tuple[Job, ...] = ()
