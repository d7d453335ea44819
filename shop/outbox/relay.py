"""Take messages to their handlers: at least one attempt for every committed message, effects exactly once.

Deliveries are claimed, a few at once, by moving their due time past a lease, in a transaction of its own. Then
one transaction for each marks it done and runs its handler: either both stand or neither. A process that dies in
between leaves deliveries that come due again when the lease ends. The same statements serve SQLite and PostgreSQL.
"""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import StrIndex, Substr

from shop.core import clock, logs
from shop.core.durability import may_be_lost
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock_available
from shop.outbox.events import ANY_TIME, Event, NotYetError, Route, Routes
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
LEASE = dt.timedelta(seconds=60)
FIRST_PAUSE = dt.timedelta(seconds=5)
LONGEST_PAUSE = dt.timedelta(minutes=10)
#: Nothing puts a delivery off further; one that is due later was put off while the clock was wrong.
FARTHEST = LONGEST_PAUSE + LEASE
#: Relays side by side may take a message before another one that it builds on: its first tries wait this long.
SOON = dt.timedelta(seconds=1)
SOON_ATTEMPTS = 3
#: Messages expanded in one transaction.
BATCH = 100
#: Deliveries claimed in one transaction: enough to make claiming cheap, few enough for the lease and for relays
#: side by side.
AT_ONCE = 16
#: Rows that are looked at first to find so many.
LOOKED_AT = 128
#: Whose books a handler keeps: `ledger.` of `ledger.post_paid`.
OWNER = Substr("handler", 1, StrIndex("handler", Value(".")))


class UnknownHandler(LookupError):
    """A stored delivery names a handler that the routes no longer have."""


@dataclass(frozen=True)
class Claim:
    """A delivery that this relay may run until its lease ends; `attempts` is the fence against a later claim."""

    delivery: OutboxDelivery
    attempts: int


def drain(
    routes: Routes, *, limit: int = 1000, queue: str = "", go_on: Callable[[], bool] = lambda: True
) -> int:
    """Expand new messages and run due deliveries until none is due or `limit` were run; return how many.

    With a `queue` only its deliveries are run. `go_on` is asked before each delivery. Safe to call from
    several processes at once, and again after any of them was killed.
    """
    handled = 0
    only = _on_queue(routes, queue)
    while handled < limit and go_on():
        if ran := _run_some(routes, only, min(AT_ONCE, limit - handled), go_on):
            handled += ran
        elif not expand(routes):
            break
    return handled


def expand(routes: Routes) -> int:
    """Write the deliveries of up to BATCH new messages, oldest first; return how many messages were expanded."""
    if not OutboxMessage.objects.filter(routed_at=None).exists():
        return 0  # The idle loop asks often: no transaction, so that SQLite's writers are left alone.
    now = clock.now()
    with transaction.atomic():
        may_be_lost()
        messages = list(lock_available(OutboxMessage.objects.filter(routed_at=None))[:BATCH])
        for message in messages:
            if message.topic not in routes:
                logger.warning("no route for topic %s of message %s", message.topic, message.event_id)
        OutboxDelivery.objects.bulk_create(
            [
                OutboxDelivery(message=message, handler=route.name, ordered=route.ordered, due_at=now)
                for message in messages
                for route in routes.get(message.topic, ())
            ],
            ignore_conflicts=True,
        )
        OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(routed_at=now)
    return len(messages)


def recall_far_off() -> int:
    """Make due at once what a wrong clock has put off further than anything waits; return how many. A job.

    Else it would wait until that time comes. Safe to run twice, and beside relays: their claims are fenced.
    """
    now = clock.now()
    far = OutboxDelivery.objects.filter(state=DeliveryState.PENDING, due_at__gt=now + FARTHEST)
    return far.update(due_at=now)


def queues_due(routes: Routes) -> list[str]:
    """Return the queues with a delivery that is due, by name; one that waits for its predecessor counts too."""
    due = OutboxDelivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=clock.now()).order_by()
    queues = {route.name: route.queue for of_topic in routes.values() for route in of_topic}
    handlers = list(due.values_list("handler", flat=True)[:LOOKED_AT])
    found = {queues.get(handler, ANY_TIME) for handler in handlers}
    if len(handlers) < LOOKED_AT:
        return sorted(found)
    names = sorted({ANY_TIME, *queues.values()} - found)
    # Asked of each queue, and not which handlers there are: a large backlog is not read to name its queues.
    asked = (
        due.filter(_on_queue(routes, name)).annotate(queue=Value(name)).values_list("queue", flat=True)[:1]
        for name in names
    )
    return sorted({*found, *(name for answer in asked for name in answer)})


def run_one(routes: Routes, *, queue: str = "") -> bool:
    """Claim one due delivery (of the queue) and run it; False when none is due.

    A handler's failure is stored, not raised.
    """
    return bool(_run_some(routes, _on_queue(routes, queue), 1, lambda: True))


def _run_some(routes: Routes, only: Q, most: int, go_on: Callable[[], bool]) -> int:
    """Claim up to `most` due deliveries and run them; return how many were run. What is not run is given back."""
    claims = _claim(only, most)
    if claims:
        faultpoint("outbox.after_claim")
    ran = 0
    try:
        while ran < len(claims) and (ran == 0 or go_on()):
            ran += 1
            _run(routes, claims[ran - 1])
    finally:
        _give_back(claims[ran:])
    return ran


def _run(routes: Routes, claim: Claim) -> None:
    message = claim.delivery.message
    with logs.bound(order=message.stream, event=str(message.event_id), handler=claim.delivery.handler):
        try:
            _deliver(claim, _route(routes, claim.delivery))
        except Exception as error:  # Whatever a handler raises is its own: the others go on.
            _record_failure(claim, error)


def ready(now: dt.datetime) -> QuerySet[OutboxDelivery]:
    """Return the deliveries that may run now: due, and with no unfinished predecessor where order matters.

    The ordered handlers of one app ("ledger.…") keep one set of books, so they wait for each other. A
    predecessor that is dead, or not yet expanded by another relay, is unfinished too.
    """
    earlier = {"stream": OuterRef("message__stream"), "seq__lt": OuterRef("message__seq")}
    not_expanded = OutboxMessage.objects.filter(routed_at=None, **earlier)
    not_done = (
        OutboxDelivery.objects.alias(owner=OWNER)
        .filter(
            owner=OuterRef("owner"),
            ordered=True,
            **{f"message__{name}": value for name, value in earlier.items()},
        )
        .exclude(state=DeliveryState.DONE)
    )
    may_go = Q(ordered=False) | (~Exists(not_expanded) & ~Exists(not_done))
    due = OutboxDelivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now)
    return due.alias(owner=OWNER).filter(may_go)


def pause_after(attempts: int) -> dt.timedelta:
    """Return how long a delivery rests after its n-th failed attempt: 5 s, doubling, at most 10 min."""
    return min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)


def _on_queue(routes: Routes, queue: str) -> Q:
    if not queue:
        return Q()
    every = [route for of_topic in routes.values() for route in of_topic]
    if queue == ANY_TIME:
        return ~Q(handler__in={route.name for route in every if route.queue != queue})
    return Q(handler__in={route.name for route in every if route.queue == queue})


def _claim(only: Q | None = None, most: int = 1) -> list[Claim]:
    """Claim the deliveries that are due first; fewer than `most` while others compete, none when none is due.

    Only deliveries that were never tried go together: what has failed or killed its process before is taken
    alone, so that it costs no other one an attempt.
    """
    while True:
        now = clock.now()
        first = _first_due(now, only)
        # Most looks find nothing, and this one costs little.
        if not (seen := len(first[: LOOKED_AT + 1])):
            return []
        every = ready(now).filter(only or Q())
        looks = [every.filter(pk__in=first[:LOOKED_AT])]
        if seen > LOOKED_AT:
            looks.append(every)
        for due in looks:
            candidates = list(due.select_related("message").order_by("due_at", "pk")[:AT_ONCE])
            fresh = [delivery for delivery in candidates if not delivery.attempts][:most]
            alone = [delivery for delivery in candidates if delivery.attempts]
            # In the order in which they are due, so that neither kind keeps the other waiting.
            for group in _in_turn(fresh, alone):
                if claims := _take(group, now):
                    return claims
        if len(candidates) < AT_ONCE:
            return []  # Other relays have taken what there was.


def _first_due(now: dt.datetime, only: Q | None) -> QuerySet[OutboxDelivery, Any]:
    """Return the rows that are due, first ones first, ready or not: nearly always enough of the first are ready.

    PostgreSQL would ask of every row of a small backlog whether it is ready, to sort those that are.
    """
    due = OutboxDelivery.objects.filter(only or Q(), state=DeliveryState.PENDING, due_at__lte=now)
    return due.order_by("due_at", "pk").values("pk")


def _in_turn(fresh: list[OutboxDelivery], alone: list[OutboxDelivery]) -> list[list[OutboxDelivery]]:
    groups = [[delivery] for delivery in alone]
    if fresh:
        groups.append(fresh)
    return sorted(groups, key=lambda group: (group[0].due_at, group[0].pk))


def _take(group: list[OutboxDelivery], now: dt.datetime) -> list[Claim]:
    by_pk = {delivery.pk: delivery for delivery in group}
    attempts = group[0].attempts
    unchanged = OutboxDelivery.objects.filter(
        pk__in=by_pk, state=DeliveryState.PENDING, attempts=attempts, due_at__lte=now
    )
    with transaction.atomic():
        may_be_lost()
        # What another relay is taking or delivering is left to it, not waited for.
        free = set(lock_available(unchanged).values_list("pk", flat=True))
        if not free:
            return []
        taken = OutboxDelivery.objects.filter(pk__in=free)
        if attempts < MAX_ATTEMPTS:
            taken.update(attempts=attempts + 1, due_at=now + LEASE)
            return [Claim(delivery, attempts + 1) for pk, delivery in by_pk.items() if pk in free]
        # Its last attempt neither succeeded nor failed: the process died under it, each time.
        taken.update(state=DeliveryState.DEAD, last_error=group[0].last_error or "the worker ended")
    logger.error("%s is dead: the worker ended during its last attempt", group[0])
    return []


def _give_back(claims: Sequence[Claim]) -> None:
    """Let others take, at once, what was claimed and not begun."""
    if not claims:
        return
    attempts = claims[0].attempts  # The same of all: they were taken together.
    was_due = Case(*(When(pk=claim.delivery.pk, then=Value(claim.delivery.due_at)) for claim in claims))
    with transaction.atomic():
        may_be_lost()
        OutboxDelivery.objects.filter(
            pk__in=[claim.delivery.pk for claim in claims], state=DeliveryState.PENDING, attempts=attempts
        ).update(attempts=attempts - 1, due_at=was_due)


def _route(routes: Routes, delivery: OutboxDelivery) -> Route:
    for route in routes.get(delivery.message.topic, ()):
        if route.name == delivery.handler:
            return route
    raise UnknownHandler(f"no handler {delivery.handler} for {delivery.message.topic}")


def _deliver(claim: Claim, route: Route) -> None:
    message = claim.delivery.message
    with transaction.atomic():
        # Marked before the handler runs: the row stays locked, so a relay that claimed it after our lease
        # had ended waits here and then finds it done.
        marked = OutboxDelivery.objects.filter(
            pk=claim.delivery.pk, state=DeliveryState.PENDING, attempts=claim.attempts
        ).update(state=DeliveryState.DONE, done_at=clock.now(), last_error="")
        if not marked:
            return
        route.handler(
            Event(
                event_id=message.event_id,
                topic=message.topic,
                version=message.version,
                stream=message.stream,
                seq=message.seq,
                payload=message.payload,
                occurred_at=message.occurred_at,
            )
        )
        faultpoint("outbox.before_mark")
    faultpoint("outbox.after_commit")


def _record_failure(claim: Claim, error: Exception) -> None:
    dead = claim.attempts >= MAX_ATTEMPTS
    pause = pause_after(claim.attempts)
    if isinstance(error, NotYetError) and claim.attempts <= SOON_ATTEMPTS:
        pause = min(pause, SOON)
        logger.info("%s has to wait: %s", claim.delivery, error)
    else:
        given_up = ", now dead" if dead else ""
        logger.error("%s failed at attempt %d%s", claim.delivery, claim.attempts, given_up, exc_info=error)
    OutboxDelivery.objects.filter(
        pk=claim.delivery.pk, state=DeliveryState.PENDING, attempts=claim.attempts
    ).update(
        state=DeliveryState.DEAD if dead else DeliveryState.PENDING,
        due_at=clock.now() + pause,
        last_error=logs.without_secrets(f"{type(error).__name__}: {error}")[:500],
    )
