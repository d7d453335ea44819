"""Leave a message behind in the transaction of the change it tells of; take up a dead delivery again."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from shop.core import clock, logs
from shop.journal.services import record
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage, OutboxStream

#: One statement on both engines, where the ORM's words would be five.
_COUNT_UP = f"""
INSERT INTO {OutboxStream._meta.db_table} AS stream (name, last_seq) VALUES (%s, 1)
ON CONFLICT (name) DO UPDATE SET last_seq = stream.last_seq + 1 RETURNING last_seq
"""  # noqa: S608 - our own table's name
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

    The stream's row is updated first and stays locked until the commit, so that numbers are gap-free and in
    commit order, a savepoint that rolls back included. A transaction that writes to several streams names
    them in the same order as every other one (the payment's, then the order's), or PostgreSQL ends one of two.
    Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an outbox message needs the transaction of its change")
    message = OutboxMessage.objects.create(
        event_id=uuid.uuid4(),
        topic=topic,
        version=version,
        stream=stream,
        seq=_next_number(stream),
        payload=dict(payload),
        occurred_at=occurred_at or clock.now(),
    )
    if "request_id" in logs.context():
        # A request is about one order; a job, which goes from one to the next, names none.
        logs.bind(order=stream)
    _wake_on_commit()
    return message


def _next_number(stream: str) -> int:
    """Count the stream up. Two first messages at once: the second waits until the first has committed or not."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(_COUNT_UP, [stream])
        return int(cursor.fetchone()[0])


def _wake_on_commit() -> None:
    """Ring once per transaction: the messages of a rolled back savepoint take their ring with them."""
    if _wake is None:
        return
    rings = transaction.get_connection().run_on_commit
    if not any(function is _wake for _savepoints, function, _robust in rings):
        transaction.on_commit(_wake, robust=True)


def retry_dead(*, delivery_id: int, actor_id: int | None) -> bool:
    """Give a dead delivery its attempts again, due now; journalled. False when it is not dead (safe twice)."""
    with transaction.atomic():
        delivery = OutboxDelivery.objects.select_related("message").filter(pk=delivery_id).first()
        revived = OutboxDelivery.objects.filter(pk=delivery_id, state=DeliveryState.DEAD).update(
            state=DeliveryState.PENDING, attempts=0, due_at=clock.now()
        )
        if delivery is None or not revived:
            return False
        record(
            actor_id=actor_id,
            action="outbox.retry_dead",
            object_type="outbox_delivery",
            object_key=str(delivery_id),
            before={"error": delivery.last_error},
            after={"handler": delivery.handler, "message": str(delivery.message)},
        )
        _wake_on_commit()
    return True


def retry_dead_of(*, handler: str, actor_id: int | None) -> int:
    """Give every dead delivery of a handler its attempts again, due now; journalled once. Returns how many.

    Safe to call twice: none is dead then.
    """
    with transaction.atomic():
        dead = OutboxDelivery.objects.filter(handler=handler, state=DeliveryState.DEAD)
        revived = dead.update(state=DeliveryState.PENDING, attempts=0, due_at=clock.now())
        if revived:
            record(
                actor_id=actor_id,
                action="outbox.retry_dead_of",
                object_type="outbox_handler",
                object_key=handler[:64],
                after={"deliveries": revived},
            )
            _wake_on_commit()
    return revived
