"""Write notices as rows; shop.notifications.sending sends what is due.

A notice is written in the transaction of its outbox delivery and sent later, outside any transaction.
"""

import datetime as dt
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from shop.accounts.models import User
from shop.core import clock
from shop.core.addresses import absolute
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.notifications.links import order_path, short_path
from shop.notifications.models import (
    BuyerNotice,
    ChannelKind,
    Hold,
    NoticeState,
    SupplierNotice,
)
from shop.notifications.routing import Route, first_route, marks_of, next_route
from shop.notifications.texts import text_of
from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier


def write_supplier_notice(
    *,
    key: str,
    kind: str,
    record: OrderRecord | None,
    supplier: Supplier,
    route: Route | None = None,
    facts: Mapping[str, str] | None = None,
) -> SupplierNotice:
    """Write a notice to a supplier, by its preferred channel unless `route` is given; no buyer data in it.

    `facts` are what its wording says beside the order: they are kept, so that the next channel says the same; a `path`
    leads to another page than the list of orders. The same key again changes nothing and returns the notice that
    stands.
    """
    route = route or first_route(supplier)
    named = {"number": record.number if record else "", "path": reverse("fulfilment:supplier_orders")}
    params = named | dict(facts or {})
    params["url"] = absolute(params["path"])
    context: dict[str, object] = {"record": record, "supplier": supplier, **params}
    subject, body = _worded(kind, route.channel, params, context)
    notice, _created = SupplierNotice.objects.get_or_create(
        key=key,
        defaults={
            **_row(kind, route.channel, route.address, subject, body, params),
            "supplier": supplier,
            "record": record,
            "via": route.via,
        },
    )
    return notice


#: What a receiver is told though the buyer has closed the account: goods that come and money that goes back, which the
#: contract of sale owes them word of.
STILL_TOLD = frozenset(
    {
        "buyer_shipped",
        "buyer_replacement",
        "buyer_refunded",
        "buyer_return_agreed",
        "buyer_return_freight",
    }
)


def write_buyer_notice(
    *,
    key: str,
    kind: str,
    record: OrderRecord,
    good_until: dt.datetime | None = None,
    number: str = "",
    page: str = "",
    **context: object,
) -> BuyerNotice | None:
    """Write a notice to the buyer: by e-mail when the account has one, else by SMS, to a guest by SMS with a link.

    Of the order of a closed account only what is STILL_TOLD goes, to its receiver; None for anything else. Same key:
    no change. After `good_until` it is not sent any more. `fen` and `deadline` of the context are told
    in a text message too. `number` is named instead of the order's, and a mail leads to `page`; a text message has
    no room for more than the order's own page.
    """
    user = record.buyer
    if user is not None and user.closed_at is not None and kind not in STILL_TOLD:
        return None
    address = ((user.email or user.phone) if user else record.guest_phone) or record.recipient_phone
    channel = ChannelKind.EMAIL if "@" in address else ChannelKind.SMS
    path = short_path(record) if channel == ChannelKind.SMS else page or order_path(record)
    params = {"number": number or record.number, "path": path, "url": absolute(path)}
    if isinstance(fen := context.get("fen"), int):
        params["amount"] = shown_yuan(fen)
    if isinstance(deadline := context.get("deadline"), dt.datetime):
        params["deadline"] = f"{deadline.astimezone(clock.SHANGHAI):%m-%d %H:%M}"
    context = {"record": record, **params, **context}
    subject, body = _worded(kind, channel, params, context)
    notice, _created = BuyerNotice.objects.get_or_create(
        key=key,
        defaults={
            **_row(kind, channel, address, subject, body, params),
            "user": user,
            "record": record,
            "good_until": good_until,
        },
    )
    return notice


def write_person_notice(
    *, key: str, kind: str, user: User, path: str, number: str, **context: object
) -> BuyerNotice:
    """Write a notice to an account about something other than an order: by e-mail, or else by SMS. Same key: no change.

    `number` names the thing, `path` is its page.
    """
    address = user.email or user.phone or ""
    channel = ChannelKind.EMAIL if user.email else ChannelKind.SMS
    params = {"number": number, "path": path, "url": absolute(path)}
    subject, body = _worded(kind, channel, params, {"person": user, **params, **context})
    notice, _created = BuyerNotice.objects.get_or_create(
        key=key, defaults={**_row(kind, channel, address, subject, body, params), "user": user}
    )
    return notice


def write_text_notice(
    *, key: str, kind: str, phone: str, user: User | None, path: str, number: str, good_until: dt.datetime
) -> BuyerNotice:
    """Write a text message to a mobile number, whether it has an account or not. Same key: no change.

    `number` names what it is about, `path` is its page. After `good_until` it is not sent any more; once it is sent,
    or late, the number is taken off it (`forgetting.forget_notices`).
    """
    params = {"number": number, "path": path, "url": absolute(path)}
    subject, body = _worded(kind, ChannelKind.SMS, params, dict(params))
    notice, _created = BuyerNotice.objects.get_or_create(
        key=key,
        defaults={
            **_row(kind, ChannelKind.SMS, phone, subject, body, params),
            "user": user,
            "good_until": good_until,
        },
    )
    return notice


def write_staff_notice(
    *, key: str, kind: str, user: User, path: str, good_until: dt.datetime | None = None, **context: object
) -> BuyerNotice:
    """Write a mail to somebody who works for the shop, about a page of the staff's. Same key: no change.

    After `good_until` it is not sent any more. Where the person has no mail address the notice leads nowhere, and
    staff see it.
    """
    params = {"path": path, "url": absolute(path)}
    subject, body = _worded(kind, ChannelKind.EMAIL, params, {"person": user, **params, **context})
    notice, _created = BuyerNotice.objects.get_or_create(
        key=key,
        defaults={
            **_row(kind, ChannelKind.EMAIL, user.email or "", subject, body, params),
            "user": user,
            "good_until": good_until,
        },
    )
    return notice


def write_closing_notice(*, user_id: int) -> None:
    """Write the last notice to a person whose account is being closed: no name in it. Same person: no change.

    Its address is kept until it has been sent (`forgetting.forget_notices`).
    """
    person = User.objects.get(pk=user_id)
    if not (address := person.email or person.phone):
        return
    kind, channel = "account_closed", ChannelKind.EMAIL if person.email else ChannelKind.SMS
    params = {"path": "/", "url": absolute("/")}
    subject, body = _worded(kind, channel, params, dict(params))
    BuyerNotice.objects.get_or_create(
        key=f"{kind}:{user_id}",
        defaults={**_row(kind, channel, address, subject, body, params), "user": person},
    )


@transaction.atomic
def pass_on(*, notice_id: int) -> SupplierNotice | None:
    """Tell a supplier by its next channel what could not be sent by this one; None when there is no other.

    The notice that was given up is marked and no longer waits for a person. Safe to call twice.
    """
    notice = lock(SupplierNotice.objects.filter(pk=notice_id)).get()
    origin = notice.key.partition(">")[0]
    tried = list(SupplierNotice.objects.filter(key__startswith=f"{origin}>")) + list(
        SupplierNotice.objects.filter(key=origin)
    )
    route = next_route(notice.supplier, marks_of(tried))
    if notice.state != NoticeState.DEAD or notice.hold == Hold.PASSED_ON or route is None:
        return None
    notice.hold = Hold.PASSED_ON
    notice.save(update_fields=["hold"])
    return write_supplier_notice(
        key=f"{origin}>{len(tried)}",
        kind=notice.kind,
        record=notice.record,
        supplier=notice.supplier,
        route=route,
        facts=notice.params,
    )


@transaction.atomic
def retry_notice(*, model: type[SupplierNotice] | type[BuyerNotice], notice_id: int, actor_id: int) -> bool:
    """Give a notice that was given up another round; journalled. False when it is not given up (safe twice)."""
    notice = lock(model._default_manager.filter(pk=notice_id, state=NoticeState.DEAD)).first()
    if notice is None:
        return False
    before = {"state": str(notice.state), "attempts": notice.attempts, "error": notice.last_error}
    notice.state, notice.hold = NoticeState.PENDING, Hold.NONE
    notice.attempts, notice.due_at = 0, clock.now()
    notice.save(update_fields=["state", "hold", "attempts", "due_at"])
    journal(
        actor_id=actor_id,
        action="notice.retry",
        object_type=str(model._meta.model_name),
        object_key=str(notice.pk),
        before=before,
        after={"state": str(notice.state), "kind": notice.kind, "channel": notice.channel},
    )
    return True


def _worded(kind: str, channel: str, params: dict[str, str], context: dict[str, object]) -> tuple[str, str]:
    """Return subject and body: the first line of the template is the subject; a text message is its own body."""
    with translation.override(settings.LANGUAGE_CODE):
        text = render_to_string(f"emails/{kind}.txt", {"shop_name": settings.SHOP_NAME, **context})
    subject, _, body = text.strip().partition("\n")
    short = channel == ChannelKind.SMS
    return subject.strip(), (text_of(kind, params) if short else body.strip()) + "\n"


def _row(
    kind: str, channel: str, address: str, subject: str, body: str, params: dict[str, str]
) -> dict[str, object]:
    now = clock.now()
    return {
        "kind": kind,
        "channel": channel,
        "address": address,
        "subject": subject[:160],
        "body": body,
        "params": params,
        "due_at": now,
        "created_at": now,
    }
