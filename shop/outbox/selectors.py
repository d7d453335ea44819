"""How far deliveries have come, for the staff page, exports and health."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet, Value

from shop.core import clock
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage


@dataclass(frozen=True)
class HandlerBacklog:
    """What one handler has before it."""

    handler: str
    pending: int
    failing: int
    dead: int
    oldest_at: dt.datetime | None


@dataclass(frozen=True)
class Backlog:
    """Messages that nobody has looked at yet, since when the oldest of all waits, and each handler's share."""

    new: int
    oldest_at: dt.datetime | None
    handlers: list[HandlerBacklog]

    @property
    def waiting(self) -> int:
        """Return how many deliveries and new messages are on their way."""
        return self.new + sum(handler.pending for handler in self.handlers)

    @property
    def failing(self) -> int:
        """Return how many deliveries failed and will be tried again."""
        return sum(handler.failing for handler in self.handlers)

    @property
    def dead(self) -> int:
        """Return how many deliveries were given up."""
        return sum(handler.dead for handler in self.handlers)


def backlog() -> Backlog:
    """Return what is before the outbox. Two queries."""
    new = OutboxMessage.objects.filter(routed_at=None).aggregate(count=Count("pk"), oldest=Min("stored_at"))
    handlers = deliveries_by_handler()
    times = [new["oldest"], *(handler.oldest_at for handler in handlers)]
    return Backlog(new["count"], min((at for at in times if at is not None), default=None), handlers)


def lag() -> dt.timedelta:
    """Return the age of the oldest message still on its way to a handler; zero when none is. Dead ones do not count."""
    new = OutboxMessage.objects.filter(routed_at=None).values(part=Value(0)).annotate(at=Min("stored_at"))
    pending = OutboxDelivery.objects.filter(state=DeliveryState.PENDING).values(part=Value(1))
    both = new.order_by().union(pending.order_by().annotate(at=Min("message__stored_at")), all=True)
    oldest = min((row["at"] for row in both if row["at"] is not None), default=None)
    return max(clock.now() - oldest, dt.timedelta(0)) if oldest else dt.timedelta(0)


def deliveries_by_handler() -> list[HandlerBacklog]:
    """Return each handler with deliveries that are not done, by name. One query."""
    pending = Q(state=DeliveryState.PENDING)
    rows = (
        OutboxDelivery.objects.filter(state__in=[DeliveryState.PENDING, DeliveryState.DEAD])
        .values("handler")
        .annotate(
            pending=Count("pk", filter=pending),
            failing=Count("pk", filter=pending & ~Q(last_error="")),
            dead=Count("pk", filter=Q(state=DeliveryState.DEAD)),
            oldest_at=Min("message__stored_at", filter=pending),
        )
        .order_by("handler")
    )
    return [HandlerBacklog(**row) for row in rows]


def dead_deliveries() -> QuerySet[OutboxDelivery]:
    """Return the dead deliveries with their messages, oldest first."""
    return (
        OutboxDelivery.objects.filter(state=DeliveryState.DEAD)
        .select_related("message")
        .order_by("message_id", "pk")
    )
