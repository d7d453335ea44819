"""Ask the tracking service about every parcel, once for each number.

What is to be asked is a row, written in the transaction that ships; the network comes later, outside any
transaction, and again after a pause that grows while the service is in trouble.
"""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.fulfilment.exceptions import ReceiptError
from shop.fulfilment.models import Parcel, ParcelState
from shop.fulfilment.tracking.base import (
    TrackingProvider,
    TrackingRefused,
    TrackingUnavailable,
    Wanted,
)
from shop.fulfilment.tracking.registry import tracking_provider
from shop.fulfilment.tracking_models import TrackingWatch, WatchState
from shop.journal.services import record as journal
from shop.ordering.desk_models import Reshipment
from shop.ordering.status import ReshipState

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 12
PLANNED_TOGETHER = 500
#: Whoever asks holds the row so long; longer than the service is waited for.
LEASE = dt.timedelta(minutes=2)
FIRST_PAUSE = dt.timedelta(minutes=1)
LONGEST_PAUSE = dt.timedelta(hours=6)
#: Parcels shipped while no service was in use are asked about too, but for those that nobody looks for any more.
LOOK_BACK = dt.timedelta(days=15)


@transaction.atomic
def plan_watch(*, parcel_id: int) -> TrackingWatch | None:
    """Write down that the news of a parcel are wanted under its present number. Safe to call twice.

    Returns None, and writes nothing, without a tracking service or for a courier that it cannot follow. The row
    of a number that was corrected stays and is left alone from then on.
    """
    parcel = lock(Parcel.objects.filter(pk=parcel_id)).get()
    return _plan({"parcel": parcel}, parcel.courier, parcel.tracking_number)


@transaction.atomic
def plan_watches(*, parcel_ids: Sequence[int]) -> int:
    """Write down that the news of many parcels are wanted; return of how many. Safe to call twice."""
    provider = tracking_provider()
    if provider is None:
        return 0
    now = clock.now()
    planned = 0
    for start in range(0, len(parcel_ids), PLANNED_TOGETHER):
        some = parcel_ids[start : start + PLANNED_TOGETHER]
        parcels = Parcel.objects.filter(pk__in=some).exclude(
            Exists(TrackingWatch.objects.filter(parcel=OuterRef("pk")))
        )
        rows = [
            TrackingWatch(
                parcel=parcel,
                provider=provider.name,
                company=company,
                number=parcel.tracking_number,
                due_at=now,
                created_at=now,
            )
            for parcel in lock(parcels)
            if (company := provider.company_of(parcel.courier)) is not None
        ]
        TrackingWatch.objects.bulk_create(rows)
        planned += len(rows)
    return planned


@transaction.atomic
def plan_replacement_watch(*, reshipment_id: int) -> TrackingWatch | None:
    """Write down that the news of a replacement are wanted, like a first parcel's. Safe to call twice."""
    sent = lock(Reshipment.objects.filter(pk=reshipment_id)).get()
    return _plan({"reshipment": sent}, sent.courier, sent.tracking_number)


def _plan(whose: Mapping[str, Parcel | Reshipment], courier: str, number: str) -> TrackingWatch | None:
    provider = tracking_provider()
    company = provider.company_of(courier) if provider else None
    standing = TrackingWatch.objects.filter(**whose).exclude(state=WatchState.REPLACED)
    other = standing.exclude(number=number, company=company or "")
    other.update(state=WatchState.REPLACED, ended_at=clock.now())
    if provider is None or company is None:
        return None
    now = clock.now()
    named = {"provider": provider.name, "company": company, "number": number}
    watch, _made = TrackingWatch.objects.get_or_create(
        **whose, **named, defaults={"due_at": now, "created_at": now}
    )
    if watch.state == WatchState.REPLACED:
        # Corrected there and back again.
        watch.state, watch.due_at, watch.attempts = WatchState.WAITING, now, 0
        watch.save(update_fields=["state", "due_at", "attempts"])
    return watch


def ask_for_news(*, limit: int = 20) -> int:
    """Ask the tracking service about what waits; return how many numbers are watched now. A job.

    Each row is leased first, so two workers never ask for the same one at once; a worker that dies over it has
    asked once more than needed, which changes nothing at the service. Safe to run twice.
    """
    provider = tracking_provider()
    if provider is None:
        return 0
    _plan_missing(provider, limit)
    # What was never tried waits for nothing, whatever the clock said when it was written.
    in_time = Q(attempts=0) | clock.due("due_at", within=LONGEST_PAUSE)
    due = TrackingWatch.objects.filter(in_time, state=WatchState.WAITING)
    due = due.filter(provider=provider.name).select_related(
        "parcel__supplier_order__record", "reshipment__record"
    )
    return sum(_ask(watch, provider) for watch in due.order_by("due_at", "pk")[:limit])


def _plan_missing(provider: TrackingProvider, limit: int) -> None:
    watched = TrackingWatch.objects.filter(parcel=OuterRef("pk")).exclude(state=WatchState.REPLACED)
    parcels = Parcel.objects.filter(~Exists(watched), state=ParcelState.SHIPPED)
    recent = parcels.filter(shipped_at__gte=clock.now() - LOOK_BACK).order_by("pk")
    for pk, courier in list(recent.values_list("pk", "courier")):
        if limit and provider.company_of(courier):
            plan_watch(parcel_id=pk)
            limit -= 1
    known = TrackingWatch.objects.filter(reshipment=OuterRef("pk"))
    sent = Reshipment.objects.filter(~Exists(known), state=ReshipState.SHIPPED)
    recent_ones = sent.filter(shipped_at__gte=clock.now() - LOOK_BACK).order_by("pk")
    for pk, courier in list(recent_ones.values_list("pk", "courier")):
        if limit and provider.company_of(courier):
            plan_replacement_watch(reshipment_id=pk)
            limit -= 1


def _ask(watch: TrackingWatch, provider: TrackingProvider) -> bool:
    mine = TrackingWatch.objects.filter(pk=watch.pk, state=WatchState.WAITING, due_at=watch.due_at)
    if not mine.update(due_at=clock.now() + LEASE, attempts=F("attempts") + 1):
        return False
    phone = watch.record.recipient_phone.removeprefix("+86") if provider.needs_phone(watch.company) else ""
    try:
        provider.watch(Wanted(watch.company, watch.number, phone))
    except TrackingRefused as refused:
        return _note_failure(watch, str(refused), for_good=True)
    except TrackingUnavailable as unavailable:
        return _note_failure(watch, str(unavailable))
    except Exception as error:  # Whatever one number does to the service is its own: the others go on.
        logger.exception("watch %s broke its service", watch.pk)
        return _note_failure(watch, type(error).__name__)
    faultpoint("fulfilment.after_watch")
    now = clock.now()
    # A push that came before this answer may have ended the watch already.
    TrackingWatch.objects.filter(pk=watch.pk, state=WatchState.WAITING).update(
        state=WatchState.WATCHED, watched_at=now, last_error=""
    )
    return True


def _note_failure(watch: TrackingWatch, reason: str, *, for_good: bool = False) -> bool:
    attempts = watch.attempts + 1
    over = for_good or attempts >= MAX_ATTEMPTS
    pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    logger.warning("no news of %s yet (attempt %d): %s", watch.number, attempts, reason)
    TrackingWatch.objects.filter(pk=watch.pk, state=WatchState.WAITING).update(
        state=WatchState.FAILED if over else WatchState.WAITING,
        due_at=clock.now() + pause,
        last_error=reason[:200],
    )
    return False


@transaction.atomic
def watch_again(*, parcel_id: int, actor_id: int) -> TrackingWatch:
    """Staff let the tracking service be asked once more about a parcel whose watch failed; journalled.

    A second call changes nothing. Raises ReceiptError (not_watched) for a parcel that was never asked about.
    """
    parcel = Parcel.objects.select_related("supplier_order__record").get(pk=parcel_id)
    watch = lock(TrackingWatch.objects.filter(parcel=parcel).exclude(state=WatchState.REPLACED)).first()
    if watch is None:
        raise ReceiptError(_("No tracking service follows this parcel."), code="not_watched")
    if watch.state == WatchState.FAILED:
        watch.state, watch.due_at, watch.attempts = WatchState.WAITING, clock.now(), 0
        watch.save(update_fields=["state", "due_at", "attempts"])
        journal(
            actor_id=actor_id,
            action="parcel.watched_again",
            object_type="order",
            object_key=parcel.supplier_order.record.number,
            after={"parcel": str(parcel), "reason": watch.last_error},
        )
    return watch
