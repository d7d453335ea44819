"""kombu's channel to Redis, made to outlive a server that goes away.

When the connection is lost while a late-acknowledged task is in hand, kombu 5.7 ends the whole worker: it puts
the task's message back, or acknowledges it, over a channel that has no connection any more. Neither is needed
here: a message is only a call, and the next sweep calls again.
"""

from typing import Any

from kombu.transport import redis


class Channel(redis.Channel):
    """Forgets what it had in hand when it closes."""

    do_restore = False

    def basic_ack(self, delivery_tag: Any, multiple: bool = False) -> None:
        """Acknowledge, unless the connection that brought the message is gone."""
        if self.connection is not None:
            super().basic_ack(delivery_tag, multiple=multiple)  # type: ignore[no-untyped-call]

    def basic_reject(self, delivery_tag: Any, requeue: bool = False) -> None:
        """Give back, unless the connection that brought the message is gone."""
        if self.connection is not None:
            super().basic_reject(delivery_tag, requeue=requeue)  # type: ignore[no-untyped-call]


def outlive_the_broker() -> None:
    """Use this channel wherever kombu speaks to Redis in this process; safe to call twice."""
    redis.Transport.Channel = Channel
