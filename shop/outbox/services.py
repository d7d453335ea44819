"""Leave a message behind in the transaction of the change it tells of."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from shop.core import clock
from shop.outbox.models import OutboxMessage, OutboxStream

_wake: Callable[[], None] | None = None


def set_wake(wake: Callable[[], None] | None) -> None:
    """Set the port that tells a drain of new messages; the sweep finds them without it."""
    global _wake  # noqa: PLW0603 - one port per process, set by the worker's AppConfig.ready
    _wake = wake


def append(
    *,
    topic: str,
    stream: str,
    payload: Mapping[str, Any],
    occurred_at: dt.datetime | None = None,
    version: int = 1,
) -> OutboxMessage:
    """Store a message with the next number of its stream; nothing is delivered if the transaction rolls back.

    The stream's row is updated first, so that numbers are gap-free and in commit order.
    Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an outbox message needs the transaction of its change")
    if not OutboxStream.objects.filter(name=stream).update(last_seq=F("last_seq") + 1):
        OutboxStream.objects.bulk_create([OutboxStream(name=stream)], ignore_conflicts=True)
        OutboxStream.objects.filter(name=stream).update(last_seq=F("last_seq") + 1)
    message = OutboxMessage.objects.create(
        event_id=uuid.uuid4(),
        topic=topic,
        version=version,
        stream=stream,
        seq=OutboxStream.objects.values_list("last_seq", flat=True).get(name=stream),
        payload=dict(payload),
        occurred_at=occurred_at or clock.now(),
    )
    if _wake is not None:
        transaction.on_commit(_wake, robust=True)
    return message
