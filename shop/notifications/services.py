"""Write notices as rows, and send what is due.

A notice is written in the transaction of its outbox delivery and sent later, outside any transaction:
a crash between sending and marking sends a second time with the same key, never loses one.
"""

import datetime as dt
import logging
from typing import TypeVar

from django.conf import settings
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.notifications.channels.base import Channel, ChannelError
from shop.notifications.channels.email import EmailChannel
from shop.notifications.channels.mailbox import MailboxChannel
from shop.notifications.models import BuyerNotice, NoticeState, SupplierNotice
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import link_token
from shop.suppliers.models import Supplier

logger = logging.getLogger(__name__)

NoticeT = TypeVar("NoticeT", SupplierNotice, BuyerNotice)

LEASE = dt.timedelta(minutes=2)
MAX_ATTEMPTS = 8


def write_supplier_notice(*, key: str, kind: str, record: OrderRecord, supplier: Supplier) -> None:
    """Write a notice to a supplier; the same key again changes nothing. No buyer data in it."""
    url = _absolute("fulfilment:supplier_orders")
    subject, body = _render(kind, {"record": record, "supplier": supplier, "url": url})
    SupplierNotice.objects.get_or_create(
        key=key,
        defaults={
            **_row(kind, "email", supplier.contact_email, subject, body),
            "supplier": supplier,
            "record": record,
        },
    )


def write_buyer_notice(*, key: str, kind: str, record: OrderRecord, **context: object) -> None:
    """Write a notice to the buyer: by e-mail when the account has one, else by SMS. Same key: no change."""
    user = record.buyer
    url = (
        _absolute("storefront:order", record.number)
        if user
        else _absolute("storefront:order_guest", record.number, link_token(record) or "")
    )
    address = (user.email or user.phone) if user else record.guest_phone
    channel = "email" if "@" in (address or "") else "sms"
    subject, body = _render(kind, {"record": record, "url": url, **context})
    BuyerNotice.objects.get_or_create(
        key=key,
        defaults={
            **_row(kind, channel, address or record.recipient_phone, subject, body),
            "user": user,
            "record": record,
        },
    )


def send_due_notices(*, limit: int = 100) -> int:
    """Send what is due and return how many went; a job.

    Each row is leased first, so two senders never take the same one. A notice that cannot be sent rests
    longer and longer, is given up after MAX_ATTEMPTS, and holds up no other.
    """
    now = clock.now()
    due: list[SupplierNotice | BuyerNotice] = [
        *_due(SupplierNotice, now)[:limit],
        *_due(BuyerNotice, now)[:limit],
    ]
    return sum(_send(notice) for notice in due)


def _due(model: type[NoticeT], now: dt.datetime) -> QuerySet[NoticeT]:
    pending = model._default_manager.filter(state=NoticeState.PENDING, due_at__lte=now)
    return pending.order_by("due_at", "pk")


def _send(notice: SupplierNotice | BuyerNotice) -> bool:
    model = type(notice)
    if notice.attempts >= MAX_ATTEMPTS:
        # Its last attempt neither succeeded nor failed: the process died under it, each time.
        model.objects.filter(pk=notice.pk, due_at=notice.due_at).update(
            state=NoticeState.DEAD, last_error=notice.last_error or "the worker ended"
        )
        return False
    leased = model.objects.filter(pk=notice.pk, state=NoticeState.PENDING, due_at=notice.due_at).update(
        due_at=clock.now() + LEASE, attempts=F("attempts") + 1
    )
    if not leased:
        return False
    faultpoint("notifications.after_claim")
    try:
        _channel(notice.channel).send(
            key=notice.key, address=notice.address, subject=notice.subject, body=notice.body
        )
    except ChannelError as error:
        _record_failure(notice, str(error))
        return False
    except Exception as error:  # Whatever a message does to its channel is its own: the others go on.
        logger.exception("notice %s broke its channel", notice.pk)
        _record_failure(notice, type(error).__name__)
        return False
    faultpoint("notifications.after_send")
    model.objects.filter(pk=notice.pk).update(state=NoticeState.SENT, sent_at=clock.now())
    return True


def _record_failure(notice: SupplierNotice | BuyerNotice, reason: str) -> None:
    attempts = notice.attempts + 1
    type(notice).objects.filter(pk=notice.pk).update(
        state=NoticeState.DEAD if attempts >= MAX_ATTEMPTS else NoticeState.PENDING,
        due_at=clock.now() + dt.timedelta(seconds=min(3600, 15 * 2**attempts)),
        last_error=reason[:300],
    )


def _channel(name: str) -> Channel:
    """SMS has no adapter yet, so it always lands in the mailbox; mail does where no server is set."""
    if name == "email" and settings.EMAIL_URL:
        return EmailChannel()
    return MailboxChannel(name)


def _render(kind: str, context: dict[str, object]) -> tuple[str, str]:
    """Return subject and body: the first line of the template is the subject."""
    with translation.override(settings.LANGUAGE_CODE):
        text = render_to_string(f"emails/{kind}.txt", {"shop_name": settings.SHOP_NAME, **context})
    subject, _, body = text.strip().partition("\n")
    return subject.strip(), body.strip() + "\n"


def _row(kind: str, channel: str, address: str, subject: str, body: str) -> dict[str, object]:
    now = clock.now()
    return {
        "kind": kind,
        "channel": channel,
        "address": address,
        "subject": subject,
        "body": body,
        "due_at": now,
        "created_at": now,
    }


def _absolute(name: str, *args: str) -> str:
    return settings.SHOP_BASE_URL.rstrip("/") + reverse(name, args=args)
