"""Send the notices that are due: each is leased first, sent outside any transaction, then marked.

A crash between sending and marking sends a second time with the same key, never loses one. What a provider limits
(text messages, the group bot) has a sender of its own, so that it never keeps a mail waiting.
"""

import datetime as dt
import logging
import time
from typing import TypeVar

from django.db import transaction
from django.db.models import F, Q, QuerySet

from shop.core import clock
from shop.core.durability import may_be_lost
from shop.core.faultpoint import faultpoint
from shop.notifications import text_limits
from shop.notifications.channels.base import ChannelBusy, ChannelError, ChannelRefused, Message
from shop.notifications.channels.registry import channel_for, is_live, limited_kinds
from shop.notifications.models import BuyerNotice, ChannelKind, Hold, NoticeState, SupplierNotice
from shop.notifications.services import pass_on
from shop.ordering.status import PaymentState

logger = logging.getLogger(__name__)

NoticeT = TypeVar("NoticeT", SupplierNotice, BuyerNotice)
AnyNotice = SupplierNotice | BuyerNotice

LEASE = dt.timedelta(minutes=2)
LONGEST_PAUSE = dt.timedelta(hours=1)
#: The limits of texts and providers put a notice off until tomorrow at most.
LONGEST_HOLD = dt.timedelta(days=1)
MAX_ATTEMPTS = 8
#: The kind that says whether a channel works; it goes by this channel or not at all.
TEST = "channel_test"


def send_due_notices(*, limit: int = 100) -> int:
    """Send what is due by mail, or into the mailbox where no provider is set up; return how many went. A job.

    Two senders never take the same one. A notice that cannot be sent rests longer and longer, is given up after
    MAX_ATTEMPTS, and holds up no other.
    """
    quick = [kind.value for kind in ChannelKind if kind not in limited_kinds()]
    return sum(send(notice) for notice in _due_of_both(quick, limit))


def send_due_texts(*, seconds: float, limit: int = 100) -> int:
    """Send text messages that are due by their provider, as long as its turn lasts; return how many went."""
    if not is_live(ChannelKind.SMS):
        return 0
    ends, sent = time.monotonic() + seconds, 0
    for notice in _due_of_both([ChannelKind.SMS], limit):
        if time.monotonic() > ends:
            break
        sent += send(notice)
    return sent


def due(model: type[NoticeT], channels: list[str]) -> QuerySet[NoticeT]:
    """Return the notices of these channels whose time has come, the longest due first."""
    # What was never tried waits for nothing, whatever the clock said when it was written.
    within_pause = (Q(attempts=0) | clock.due("due_at", within=LONGEST_PAUSE)) & Q(hold=Hold.NONE)
    within_hold = clock.due("due_at", within=LONGEST_HOLD)
    pending = model._default_manager.filter(state=NoticeState.PENDING, channel__in=channels)
    return pending.filter(within_pause | within_hold).order_by("due_at", "pk")


def send(notice: AnyNotice) -> bool:
    """Send one notice that was read as due, unless another sender has it; return whether it went."""
    if notice.attempts >= MAX_ATTEMPTS:
        # Its last attempt neither succeeded nor failed: the process died under it, each time.
        give_up(notice, notice.last_error or "the worker ended")
        return False
    if _is_stale(notice):
        _mine(notice).update(state=NoticeState.STALE, hold=Hold.NONE)
        return False
    if not _claim(notice):
        return False
    faultpoint("notifications.after_claim")
    try:
        _hand_over(notice)
    except ChannelError as error:
        record_failure(notice, error)
        return False
    except Exception as error:  # Whatever a message does to its channel is its own: the others go on.
        logger.exception("notice %s broke its channel", notice.pk)
        record_failure(notice, ChannelError(type(error).__name__))
        return False
    faultpoint("notifications.after_send")
    type(notice)._default_manager.filter(pk=notice.pk).update(
        state=NoticeState.SENT, sent_at=clock.now(), last_error=""
    )
    return True


def _claim(notice: AnyNotice) -> bool:
    with transaction.atomic():
        may_be_lost()
        leased = _mine(notice).update(due_at=clock.now() + LEASE, attempts=F("attempts") + 1, hold=Hold.NONE)
    return bool(leased)


def record_failure(notice: AnyNotice, error: ChannelError) -> None:
    """Write down that a leased notice did not go: a limit only makes it wait, a refusal ends it at once."""
    row = type(notice)._default_manager.filter(pk=notice.pk)
    if isinstance(error, ChannelBusy):
        row.update(due_at=error.until, hold=error.hold, attempts=notice.attempts, last_error=str(error)[:300])
        return
    attempts = notice.attempts + 1
    if isinstance(error, ChannelRefused) or attempts >= MAX_ATTEMPTS:
        give_up(notice, str(error))
        return
    pause = min(LONGEST_PAUSE, dt.timedelta(seconds=15 * 2**attempts))
    row.update(due_at=clock.now() + pause, last_error=str(error)[:300])


def give_up(notice: AnyNotice, reason: str) -> None:
    """Mark a notice as not to be sent; a supplier is told by its next channel, if it has one."""
    row = type(notice)._default_manager.filter(pk=notice.pk, state=NoticeState.PENDING)
    if not row.update(state=NoticeState.DEAD, hold=Hold.NONE, last_error=reason[:300]):
        return
    if isinstance(notice, SupplierNotice) and notice.kind != TEST:
        pass_on(notice_id=notice.pk)


def message_of(notice: AnyNotice) -> Message:
    """Return what leaves the shop: to the channel's present address, with its secret."""
    via = notice.via if isinstance(notice, SupplierNotice) else None
    return Message(
        key=notice.key,
        kind=notice.kind,
        address=via.address or notice.address if via else notice.address,
        subject=notice.subject,
        body=notice.body,
        params=notice.params,
        secret=via.secret if via else "",
    )


def _hand_over(notice: AnyNotice) -> None:
    via = notice.via if isinstance(notice, SupplierNotice) else None
    if via is not None and not via.is_active and notice.kind != TEST:
        raise ChannelRefused("this channel is switched off")
    message = message_of(notice)
    if not message.address:
        raise ChannelRefused("no address")
    if notice.channel == ChannelKind.SMS and is_live(ChannelKind.SMS):
        text_limits.send_metered(message)
    else:
        channel_for(notice.channel).send(message)


def _due_of_both(channels: list[str], limit: int) -> list[AnyNotice]:
    return [
        *due(SupplierNotice, channels).select_related("via")[:limit],
        *due(BuyerNotice, channels).select_related("record")[:limit],
    ]


def _mine(notice: AnyNotice) -> QuerySet[AnyNotice]:
    """Return the row as long as no other sender has touched it since it was read."""
    rows: QuerySet[AnyNotice] = type(notice)._default_manager.filter(
        Q(state=NoticeState.PENDING), pk=notice.pk, due_at=notice.due_at
    )
    return rows


def _is_stale(notice: AnyNotice) -> bool:
    if notice.good_until is not None and notice.good_until <= clock.now():
        return True
    # Whoever has paid or cancelled is not pressed to pay.
    record = notice.record if isinstance(notice, BuyerNotice) and notice.kind == "buyer_closing" else None
    return record is not None and record.payment_state != PaymentState.UNPAID
