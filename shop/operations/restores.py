"""A shop that was restored: what it may have told people after the copy was made is not told again.

The copy does not know which of its waiting notices went out afterwards. So none goes out by itself: those of the
copy and those that catching up writes are held for a person. See docs/adr/0012.
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.notifications.models import BuyerNotice, NoticeState, SupplierNotice
from shop.operations.models import Restore

logger = logging.getLogger(__name__)

#: How the reason of a held notice begins; staff see it beside the notice.
HELD = "held after a restore"
Notices = type[SupplierNotice] | type[BuyerNotice]
MODELS: tuple[Notices, ...] = (SupplierNotice, BuyerNotice)


@transaction.atomic
def begin_restored(*, copied_at: dt.datetime, name: str) -> int:
    """Mark the shop as restored and hold every waiting notice; return how many. Safe to call twice."""
    Restore.objects.get_or_create(
        is_open=True, defaults={"copied_at": copied_at, "restored_at": clock.now(), "name": name[:120]}
    )
    return hold_waiting_notices()


def hold_waiting_notices() -> int:
    """Hold every notice that waits to be sent; return how many. Safe to call twice."""
    return sum(
        model.objects.filter(state=NoticeState.PENDING).update(state=NoticeState.DEAD, last_error=HELD)
        for model in MODELS
    )


def is_catching_up() -> bool:
    """Say whether the shop was restored and has not caught up: nothing may be sent yet. One query."""
    return Restore.objects.filter(is_open=True).exists()


def unless_catching_up(job: Callable[[], int]) -> Callable[[], int]:
    """Return the job, made to do nothing while the shop catches up."""

    def run() -> int:
        if is_catching_up():
            logger.warning("the shop was restored and has not caught up; nothing is sent")
            return 0
        return job()

    return run


@transaction.atomic
def end_catching_up() -> int:
    """Hold what catching up has written and let the shop send again; return how many are held now. Safe to repeat."""
    held = hold_waiting_notices()
    Restore.objects.filter(is_open=True).update(is_open=False, caught_up_at=clock.now())
    return held


def held_notices(model: Notices) -> "QuerySet[SupplierNotice] | QuerySet[BuyerNotice]":
    """Return the notices of a kind that wait for a person's word, the oldest first."""
    held = model.objects.filter(state=NoticeState.DEAD, last_error=HELD)
    return held.select_related("record").order_by("created_at", "pk")


@transaction.atomic
def decide_held(*, model: Notices, notice_ids: list[int], send: bool, actor_id: int) -> int:
    """Send held notices, or take them as told already; journalled. Returns how many; decided ones are left alone."""
    notices = list(lock(model.objects.filter(pk__in=notice_ids, state=NoticeState.DEAD, last_error=HELD)))
    now = clock.now()
    for notice in notices:
        if send:
            notice.state, notice.due_at, notice.attempts, notice.last_error = NoticeState.PENDING, now, 0, ""
        else:
            notice.state, notice.sent_at, notice.last_error = (
                NoticeState.SENT,
                None,
                "told before the restore",
            )
        notice.save(update_fields=["state", "due_at", "attempts", "last_error", "sent_at"])
        journal(
            actor_id=actor_id,
            action="notice.sent_after_restore" if send else "notice.told_before_restore",
            object_type=str(model._meta.model_name),
            object_key=str(notice.pk),
            after={"kind": notice.kind, "key": notice.key},
        )
    return len(notices)
