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


Handler = Callable[[Event], None]


@dataclass(frozen=True)
class Route:
    """A handler of a topic. `ordered`: takes a stream's messages only one after another."""

    name: str
    handler: Handler
    ordered: bool = False


Routes = dict[str, tuple[Route, ...]]
