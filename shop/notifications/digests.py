"""Tell suppliers through their group bots: what is due for a bot goes as one digest, within the bot's limit."""

import hashlib
import logging
import time

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock_available
from shop.notifications import pacing
from shop.notifications.channels.base import ChannelBusy, ChannelError, Message
from shop.notifications.channels.registry import channel_for, is_live
from shop.notifications.channels.wecom import digest
from shop.notifications.models import (
    ChannelKind,
    Hold,
    NoticeState,
    SupplierChannel,
    SupplierNotice,
)
from shop.notifications.sending import (
    LEASE,
    MAX_ATTEMPTS,
    TEST,
    due,
    give_up,
    message_of,
    record_failure,
    send_due_texts,
)

logger = logging.getLogger(__name__)

#: Notices looked at for one digest; fewer go when they are long.
MOST_NOTICES = 40
#: After so many failures a notice goes alone: should it be what the bot does not take, it harms no other.
ALONE_AFTER = 2


def send_limited_notices(*, seconds: float = 8.0) -> int:
    """Send what providers limit, texts then digests, as long as its turn lasts; return how many notices went. A job.

    One job for both: while a provider is slow it keeps one worker, and the others go on with mail and money.
    """
    sent = send_due_texts(seconds=seconds / 2)
    return sent + send_due_digests(seconds=seconds / 2)


def send_due_digests(*, seconds: float) -> int:
    """Send what is due through the group bots as long as its turn lasts; return how many notices went.

    Workers share each bot's limit through the database. A bot that fails keeps no other waiting for long: its
    notices rest.
    """
    if not is_live(ChannelKind.WECOM):
        return 0
    ends, sent = time.monotonic() + seconds, 0
    waiting = due(SupplierNotice, [ChannelKind.WECOM]).order_by()
    bots = SupplierChannel.objects.filter(pk__in=waiting.values("via")).order_by("pk")
    for bot in bots:
        while time.monotonic() < ends:
            gone = _send_digest(bot)
            if not gone:
                break
            sent += gone
    return sent


def pace_key(secret: str) -> str:
    """Return the name of a bot in ProviderPace: two suppliers may share a bot, and its limit."""
    return f"wecom:{hashlib.sha256(secret.encode()).hexdigest()[:32]}"


def _send_digest(bot: SupplierChannel) -> int:
    """Send one digest; 0 when nothing is due, the limit is reached or the bot fails."""
    _give_up_hopeless(bot)
    if not _due_of(bot).exists():
        return 0
    key = pace_key(bot.secret)
    free_at = pacing.take(key=key, limit=settings.WECOM_PER_MINUTE)
    if free_at is not None:
        _due_of(bot).update(due_at=free_at, hold=Hold.PACED)
        return 0
    notices, message = _lease(bot)
    if message is None:
        return 0
    faultpoint("notifications.digest_claimed")
    try:
        channel_for(ChannelKind.WECOM).send(message)
    except ChannelError as error:
        if isinstance(error, ChannelBusy):
            pacing.block(key=key, until=error.until)
        for notice in notices:
            record_failure(notice, error)
        return 0
    except Exception as error:  # Whatever a digest does to its channel is its own: the other bots go on.
        logger.exception("a digest of %d notices broke its channel", len(notices))
        for notice in notices:
            record_failure(notice, ChannelError(type(error).__name__))
        return 0
    faultpoint("notifications.digest_sent")
    SupplierNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(
        state=NoticeState.SENT, sent_at=clock.now(), last_error=""
    )
    return len(notices)


@transaction.atomic
def _lease(bot: SupplierChannel) -> tuple[list[SupplierNotice], Message | None]:
    """Lease as many of the notices as fit into one message, and return them with it."""
    rows = list(lock_available(_due_of(bot).select_related("via").order_by())[:MOST_NOTICES])
    fresh = [row for row in rows if row.attempts < ALONE_AFTER]
    rows = fresh or rows[:1]
    if not rows:
        return [], None
    with translation.override(settings.LANGUAGE_CODE):
        content, count = digest([message_of(row) for row in rows])
    rows = rows[:count]
    SupplierNotice.objects.filter(pk__in=[row.pk for row in rows]).update(
        due_at=clock.now() + LEASE, attempts=F("attempts") + 1, hold=Hold.NONE
    )
    message = Message(
        key=rows[0].key,
        kind=rows[0].kind,
        address=bot.shown,
        subject=rows[0].subject,
        body=content,
        secret=bot.secret,
    )
    return rows, message


def _give_up_hopeless(bot: SupplierChannel) -> None:
    """Give up what goes another way: a bot that is switched off, and notices over which the process died each time."""
    hopeless = _due_of(bot).filter(attempts__gte=MAX_ATTEMPTS)
    if not bot.is_active:
        hopeless = _due_of(bot).exclude(kind=TEST)
    for notice in hopeless[:MOST_NOTICES]:
        give_up(notice, "this channel is switched off" if not bot.is_active else "the worker ended")


def _due_of(bot: SupplierChannel) -> QuerySet[SupplierNotice]:
    return due(SupplierNotice, [ChannelKind.WECOM]).filter(via=bot)
