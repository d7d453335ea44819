"""What the steps that a courier tells do to a parcel: signed for, held up, on its way back.

Always decided from all the steps there are, so that it does not matter in which order and how often they came.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.fulfilment.exceptions import ReceiptError
from shop.fulfilment.models import Parcel, ParcelState, SupplierOrder
from shop.fulfilment.services import locked_parcel, record_signed, stood_for
from shop.fulfilment.tracking.base import Step
from shop.fulfilment.tracking_models import (
    GOING_BACK,
    ReplacementStep,
    StepStatus,
    ToldStep,
    TrackingEvent,
)
from shop.journal.services import record as journal
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord
from shop.ordering.services import record_reship_signed
from shop.ordering.status import ReshipState

#: A supplier may write the number down some days after the courier was there; older steps are another parcel's,
#: for couriers give a number again.
BEFORE_SHIPPING = dt.timedelta(days=3)
#: Clocks differ a little; a step from further ahead is not believed.
AHEAD = dt.timedelta(minutes=10)
#: What is further off than that is another parcel's for certain, and not a matter of a clock that is wrong.
DOUBTED = dt.timedelta(days=20)


def take_steps(*, parcel: Parcel, order: SupplierOrder, steps: Sequence[Step], source: str) -> bool:
    """Keep the steps that are new, and act on all there are. In the caller's transaction, the order locked.

    Safe to call twice, and with older steps after newer ones. Returns whether some were left out that may be this
    parcel's all the same, should the clock be wrong, now or when it was shipped: they are worth another look.
    """
    now = clock.now()
    believed = Believed.of(parcel.shipped_at, now)
    TrackingEvent.objects.bulk_create(
        [TrackingEvent(parcel=parcel, **told) for told in _told(steps, believed, now)],
        ignore_conflicts=True,
    )
    if parcel.state == ParcelState.RECEIVED:
        return False
    told = list(TrackingEvent.objects.filter(parcel=parcel).order_by("at", "pk"))
    signed_at = _signed_at(told)
    if signed_at is not None and parcel.state == ParcelState.SHIPPED:
        moment = (
            min(max(signed_at, parcel.shipped_at), now) if parcel.shipped_at <= now else min(signed_at, now)
        )
        parcel = record_signed(parcel_id=parcel.pk, signed_at=moment, actor_id=None, reason=source)
    _note_trouble(parcel, order, _trouble(told), source)
    return any(believed.doubts(step.at) for step in steps)


def take_replacement_steps(*, reshipment_id: int, steps: Sequence[Step], source: str) -> bool:
    """Keep the steps of a replacement that are new; the courier's word that it was delivered ends its way.

    Locks the order itself. Safe to call twice, and with older steps after newer ones. Returns as `take_steps`.
    """
    record_id = Reshipment.objects.values_list("record_id", flat=True).get(pk=reshipment_id)
    list(lock(OrderRecord.objects.filter(pk=record_id)))
    sent = Reshipment.objects.get(pk=reshipment_id)
    assert sent.shipped_at is not None  # nobody asks about one that was not sent
    now = clock.now()
    believed = Believed.of(sent.shipped_at, now)
    ReplacementStep.objects.bulk_create(
        [ReplacementStep(reshipment=sent, **told) for told in _told(steps, believed, now)],
        ignore_conflicts=True,
    )
    signed_at = _signed_at(list(sent.courier_steps.order_by("at", "pk")))
    if signed_at is not None and sent.state == ReshipState.SHIPPED:
        record_reship_signed(reshipment_id=sent.pk, signed_at=signed_at, actor_id=None, reason=source)
    return any(believed.doubts(step.at) for step in steps)


@dataclass(frozen=True)
class Believed:
    """From when to when a step may be of what was shipped."""

    earliest: dt.datetime
    latest: dt.datetime

    @classmethod
    def of(cls, shipped_at: dt.datetime, now: dt.datetime) -> "Believed":
        """Return the span; what was shipped in the future was shipped while the clock was wrong."""
        return cls(min(shipped_at, now) - BEFORE_SHIPPING, now + AHEAD)

    def takes(self, at: dt.datetime) -> bool:
        """Say whether a step of that time is believed."""
        return self.earliest <= at <= self.latest

    def doubts(self, at: dt.datetime) -> bool:
        """Say whether it is not, but would be with a clock that is not wrong."""
        return not self.takes(at) and self.earliest - DOUBTED <= at <= self.latest + DOUBTED


def _told(steps: Sequence[Step], believed: Believed, now: dt.datetime) -> Iterator[dict[str, Any]]:
    """Return the columns of the steps that can be of what was shipped then, the oldest first."""
    for step in _oldest_first(steps):
        if believed.takes(step.at):
            yield {
                "at": step.at,
                "digest": hashlib.sha256(step.text.encode()).hexdigest(),
                "text": step.text,
                "status": step.status,
                "code": step.code,
                "place": step.place,
                "recorded_at": now,
            }


def _oldest_first(steps: Sequence[Step]) -> list[Step]:
    """Return the steps by their times; of those of one second the last that was sent is the oldest."""
    oldest_first = list(reversed(steps))
    oldest_first.sort(key=attrgetter("at"))
    return oldest_first


def _signed_at(told: Sequence[ToldStep]) -> dt.datetime | None:
    """Return when the buyer signed: what is signed for on the way back is signed for by the sender."""
    for event in told:
        if event.status in GOING_BACK:
            return None
        if event.status == StepStatus.SIGNED:
            return event.at
    return None


def _trouble(told: Sequence[ToldStep]) -> str:
    """Return what is wrong with the parcel, "" for nothing: on its way back for good, held up until it moves on."""
    back = [event.status for event in told if event.status in GOING_BACK]
    if back:
        return back[-1]
    telling = [event.status for event in told if event.status != StepStatus.OTHER]
    return StepStatus.PROBLEM if telling and telling[-1] == StepStatus.PROBLEM else ""


def _note_trouble(parcel: Parcel, order: SupplierOrder, trouble: str, source: str) -> None:
    """Stop the clock of a parcel in trouble, and let it run on when the trouble is over.

    A clock that stands since `trouble_at` was stopped here; one that a person has stopped is left to them.
    """
    if trouble == parcel.trouble:
        return
    now, before = clock.now(), parcel.trouble
    stopped_here = parcel.clock_stopped_at is not None and parcel.clock_stopped_at == parcel.trouble_at
    if trouble:
        parcel.clock_stopped_at = parcel.clock_stopped_at or now
        parcel.trouble_at = parcel.trouble_at if stopped_here else now
    else:
        if parcel.clock_stopped_at is not None and stopped_here:
            parcel.confirm_due_at += stood_for(parcel)
            parcel.clock_stopped_at = None
        parcel.trouble_at = None
    parcel.trouble, parcel.trouble_settled_at = trouble, None
    parcel.save(
        update_fields=["trouble", "trouble_at", "trouble_settled_at", "clock_stopped_at", "confirm_due_at"]
    )
    _journal(
        order,
        None,
        "parcel.trouble" if trouble else "parcel.trouble_over",
        parcel,
        f"{source}: {StepStatus(trouble or before).label}",
    )


def _journal(order: SupplierOrder, actor_id: int | None, action: str, parcel: Parcel, reason: str) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="order",
        object_key=order.record.number,
        after={"supplier": order.supplier.code, "parcel": str(parcel), "trouble": parcel.trouble},
        reason=reason,
    )


@transaction.atomic
def settle_trouble(*, parcel_id: int, note: str, actor_id: int) -> Parcel:
    """Staff have seen to a parcel in trouble: it leaves their queue. Its clock stands until somebody lets it run.

    A second call changes nothing. Raises ReceiptError (no_trouble) for a parcel that is in none.
    """
    parcel, order = locked_parcel(parcel_id)
    if not parcel.trouble:
        raise ReceiptError(_("Nothing is wrong with this parcel."), code="no_trouble")
    if parcel.trouble_settled_at is None:
        parcel.trouble_settled_at = clock.now()
        parcel.save(update_fields=["trouble_settled_at"])
        _journal(order, actor_id, "parcel.trouble_settled", parcel, note)
    return parcel
