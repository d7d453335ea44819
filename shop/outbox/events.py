"""What a handler receives."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """A message as its handlers see it; `event_id` is the idempotency key of its effects."""

    event_id: uuid.UUID
    topic: str
    version: int
    stream: str
    seq: int
    payload: dict[str, Any]
    occurred_at: dt.datetime


class NotYetError(Exception):
    """What the handler needs is on its way at another one: no fault, and soon worth another try."""


Handler = Callable[[Event], None]


#: The queue of what has no hurry, and of deliveries whose handler the routes no longer name.
ANY_TIME = "bulk"


@dataclass(frozen=True)
class Route:
    """A handler of a topic. `ordered`: takes a stream's messages only one after another.

    `queue`: how urgent it is, for a drain that has several; one that has not takes the deliveries as they come.
    """

    name: str
    handler: Handler
    ordered: bool = False
    queue: str = ANY_TIME


Routes = dict[str, tuple[Route, ...]]
