"""How much one person may write in an hour: held across conversations and sessions."""

import datetime as dt

from django.utils.translation import gettext as _

from shop.conversations.exceptions import TalkRefused
from shop.conversations.models import Conversation, Message, Side
from shop.core import clock
from shop.core.locks import lock
from shop.ordering.stock_models import BuyerLock

HOUR = dt.timedelta(hours=1)
#: A buyer asks; a supplier and the shop answer many.
MESSAGES_AN_HOUR = {Side.BUYER: 30, Side.SUPPLIER: 300, Side.STAFF: 300}


def hold_to_limit(conversation: Conversation, *, side: Side, author_id: int | None) -> None:
    """Refuse a message of somebody who has written too many within the hour; a guest is known by the order.

    Call it in the transaction that writes: the person's row stays locked until it ends. Raises TalkRefused
    (code limit).
    """
    key = f"talk:user:{author_id}" if author_id is not None else f"talk:order:{conversation.record_id}"
    BuyerLock.objects.get_or_create(key=key)
    list(lock(BuyerLock.objects.filter(key=key)))
    written = Message.objects.filter(author_id=author_id, side=side, sent_at__gt=clock.now() - HOUR)
    if author_id is None:
        written = written.filter(conversation__record=conversation.record_id)
    most = MESSAGES_AN_HOUR[side]
    if written.count() >= most:
        raise TalkRefused(
            _("You have written %(most)d messages within an hour. Please go on a little later.")
            % {"most": most},
            code="limit",
            field="text",
        )
