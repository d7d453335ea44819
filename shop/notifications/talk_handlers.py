"""Who is told of a message: its supplier of a buyer's, the buyer of every side's that answers.

At most once an hour of what a side has not read, and never a word of what was written: that stands on the page.
"""

import datetime as dt

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from shop.conversations.models import Conversation, Side
from shop.conversations.people import subject_of
from shop.core import clock
from shop.core.locks import lock
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.notifications.services import write_buyer_notice, write_person_notice, write_supplier_notice
from shop.outbox.events import Event

QUIET = dt.timedelta(hours=1)


def notify_supplier_of_message(event: Event) -> None:
    """On `conversation.written` by a buyer, while the supplier has not read it."""
    talk = _talk(event)
    if event.payload["side"] != Side.BUYER or talk.supplier is None or not talk.supplier_unread:
        return
    if talk.supplier_unread > 1 and _was_told(SupplierNotice, event):
        return
    write_supplier_notice(
        key=_key(event),
        kind="supplier_message",
        record=talk.record,
        supplier=talk.supplier,
        facts={"number": _subject(talk), "path": reverse("conversations:talk", args=[talk.pk])},
    )


def notify_buyer_of_answer(event: Event) -> None:
    """On `conversation.written` by a supplier or the shop, while the buyer has not read it."""
    talk = _talk(event)
    if event.payload["side"] == Side.BUYER or not talk.buyer_unread:
        return
    if talk.buyer_unread > 1 and _was_told(BuyerNotice, event):
        return
    if talk.record is not None:
        page = reverse("storefront:talk_shop", args=[talk.record.number])
        if talk.supplier is not None:
            page = reverse("storefront:talk_supplier", args=[talk.record.number, talk.supplier.code])
        # A guest's link has to open the order first.
        page = page if talk.record.buyer_id else ""
        write_buyer_notice(key=_key(event), kind="buyer_message", record=talk.record, page=page)
    elif talk.buyer is not None:
        write_person_notice(
            key=_key(event),
            kind="buyer_message",
            user=talk.buyer,
            number=_subject(talk),
            path=reverse("storefront:talk_product", args=[talk.product_id]),
        )


def _talk(event: Event) -> Conversation:
    """Return the conversation, locked: two messages at once are told of once."""
    pk = event.payload["conversation_id"]
    lock(Conversation.objects.filter(pk=pk)).get()
    found = Conversation.objects.select_related("product__listing", "record__buyer", "supplier", "buyer")
    return found.get(pk=pk)


def _subject(talk: Conversation) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return subject_of(talk)


def _prefix(event: Event) -> str:
    whom = "supplier" if event.payload["side"] == Side.BUYER else "buyer"
    return f"conversation:{event.payload['conversation_id']}:{whom}:"


def _key(event: Event) -> str:
    return f"{_prefix(event)}{event.payload['number']}"


def _was_told(model: type[SupplierNotice] | type[BuyerNotice], event: Event) -> bool:
    told = model._default_manager.filter(key__startswith=_prefix(event))
    return told.filter(created_at__gt=clock.now() - QUIET).exists()
