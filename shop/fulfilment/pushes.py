"""What a tracking service pushes: verified on the raw bytes, stored once, applied in a second transaction."""

import datetime as dt
import hashlib
import logging
from enum import StrEnum

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.fulfilment.couriernews import take_replacement_steps, take_steps
from shop.fulfilment.models import Parcel
from shop.fulfilment.services import locked_parcel
from shop.fulfilment.tracking.base import BadPush, Push, TrackingProvider, Watching
from shop.fulfilment.tracking.registry import provider_named
from shop.fulfilment.tracking_models import TrackingPush, TrackingWatch, WatchState
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
PAUSE = dt.timedelta(minutes=1)


class UnknownNumber(Exception):
    """A genuine push about a number that this shop never asked about; nothing of it is kept."""


class Outcome(StrEnum):
    """What a push led to."""

    APPLIED = "applied"
    REPLACED = "replaced"
    WAITING = "waiting"
    GIVEN_UP = "given_up"


def refused_pushes(provider: str) -> int:
    """Return how many pushes were refused since the cache was emptied."""
    return int(cache.get(f"fulfilment.refused_pushes.{provider}", 0))


def receive_push(*, provider: TrackingProvider, raw: bytes) -> Outcome:
    """Verify, store and apply a push; a repeat returns what the first one led to and changes nothing.

    Raises BadPush and UnknownNumber: nothing is stored but a count. A push that cannot be applied at once waits,
    stored, for `apply_waiting_pushes`.
    """
    try:
        push = provider.read_push(raw)
        stored = _store(provider.name, push, raw)
    except (BadPush, UnknownNumber) as error:
        key = f"fulfilment.refused_pushes.{provider.name}"
        cache.add(key, 0, timeout=None)
        cache.incr(key)
        logger.warning("refused a push of %s: %s", provider.name, error)
        raise
    faultpoint("fulfilment.push_stored")
    if stored.applied_at is not None or stored.outcome == Outcome.GIVEN_UP:
        return Outcome(stored.outcome)
    return _try(stored.pk, push)


def _store(provider: str, push: Push, raw: bytes) -> TrackingPush:
    asked = TrackingWatch.objects.filter(provider=provider, company=push.company, number=push.number)
    if not asked.exists():
        raise UnknownNumber(f"nobody asked about {push.company} {push.number}")
    digest = hashlib.sha256(raw).hexdigest()
    known, now = TrackingPush.objects.filter(provider=provider, digest=digest), clock.now()
    try:
        with transaction.atomic():
            return known.first() or TrackingPush.objects.create(
                provider=provider,
                digest=digest,
                company=push.company,
                number=push.number,
                body=raw.decode("ascii", errors="backslashreplace").replace("\x00", ""),
                received_at=now,
                due_at=now,
            )
    except IntegrityError:
        return known.get()


def apply_waiting_pushes(*, limit: int = 50) -> int:
    """Apply stored pushes that could not be applied when they came; return how many were. A job.

    One that fails again and again is given up, logged and left for a person; it holds up no other.
    """
    farthest = PAUSE * 2**MAX_ATTEMPTS
    in_time = Q(attempts=0) | clock.due("due_at", within=farthest)
    waiting = TrackingPush.objects.filter(in_time, applied_at=None)
    waiting = waiting.exclude(outcome=Outcome.GIVEN_UP)
    done = 0
    for stored in waiting.order_by("due_at", "pk")[:limit]:
        provider = provider_named(stored.provider)
        if provider is None:
            continue
        try:
            push = provider.read_push(stored.body.encode())
        except BadPush as error:
            # The salt was changed meanwhile: the service sends the newest state again by itself.
            _give_up(stored.pk, str(error))
            continue
        done += _try(stored.pk, push) in (Outcome.APPLIED, Outcome.REPLACED)
    return done


def _try(push_id: int, push: Push) -> Outcome:
    try:
        return _apply(push_id, push)
    except (
        Exception
    ) as error:  # It is stored: whatever is wrong with it is tried again, and holds up no other.
        logger.exception("push %s was not applied", push_id)
        attempts = TrackingPush.objects.values_list("attempts", flat=True).get(pk=push_id) + 1
        if attempts >= MAX_ATTEMPTS:
            return _give_up(push_id, type(error).__name__)
        TrackingPush.objects.filter(pk=push_id, applied_at=None).update(
            attempts=F("attempts") + 1, due_at=clock.now() + PAUSE * 2**attempts, outcome=Outcome.WAITING
        )
        return Outcome.WAITING


def _give_up(push_id: int, reason: str) -> Outcome:
    logger.error("push %s is given up: %s", push_id, reason)
    TrackingPush.objects.filter(pk=push_id, applied_at=None).update(
        outcome=Outcome.GIVEN_UP, attempts=F("attempts") + 1
    )
    return Outcome.GIVEN_UP


@transaction.atomic
def _apply(push_id: int, push: Push) -> Outcome:
    """Take the steps of a push to its parcels and replacements; the first of several at once acts, the others read."""
    watches = TrackingWatch.objects.filter(company=push.company, number=push.number)
    watches = watches.exclude(state=WatchState.REPLACED)
    parcels = Parcel.objects.filter(watches__in=watches).distinct()
    replacements = Reshipment.objects.filter(watches__in=watches).order_by("pk")
    # The order's record first, as everywhere, then the push.
    locked = [locked_parcel(pk) for pk in parcels.order_by("pk").values_list("pk", flat=True)]
    sent = list(replacements.values_list("pk", "record_id"))
    list(lock(OrderRecord.objects.filter(pk__in=[record_id for _pk, record_id in sent])))
    stored = lock(TrackingPush.objects.filter(pk=push_id)).get()
    if stored.applied_at is not None:
        return Outcome(stored.outcome)
    doubted = False
    for parcel, order in locked:
        doubted |= bool(take_steps(parcel=parcel, order=order, steps=push.steps, source=stored.provider))
    for pk, _record_id in sent:
        doubted |= take_replacement_steps(reshipment_id=pk, steps=push.steps, source=stored.provider)
    _note_watches(watches, push)
    if doubted and stored.attempts < MAX_ATTEMPTS:
        # The shop's clock may be wrong, and the service says it only once.
        stored.due_at = clock.now() + PAUSE * 2**stored.attempts
        stored.attempts, stored.outcome = stored.attempts + 1, Outcome.WAITING
        stored.save(update_fields=["attempts", "due_at", "outcome"])
        return Outcome.WAITING
    stored.applied_at = clock.now()
    stored.outcome = Outcome.APPLIED if locked or sent else Outcome.REPLACED
    stored.save(update_fields=["applied_at", "outcome"])
    return Outcome(stored.outcome)


def _note_watches(watches: QuerySet[TrackingWatch], push: Push) -> None:
    """Note what a push says of the watches themselves; one that has ended is not begun again by a late one."""
    watch = watches.filter(state__in=(WatchState.WAITING, WatchState.WATCHED))
    now = clock.now()
    if push.watching is Watching.GOES_ON:
        watch.filter(state=WatchState.WAITING).update(state=WatchState.WATCHED, watched_at=now)
    elif push.watching is Watching.ENDED:
        watch.update(state=WatchState.ENDED, ended_at=now)
    else:
        # Typically: no news for three days. A person looks whether the number is right.
        watch.update(state=WatchState.FAILED, ended_at=now, last_error=push.message[:200])
