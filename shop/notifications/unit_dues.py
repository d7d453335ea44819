"""What a unit on terms is told by the clock: that a payment is due soon, and once more when the day has passed."""

import datetime as dt
import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from shop.accounts.models import User
from shop.buyers.models import Membership, MembershipState
from shop.core import clock
from shop.core.addresses import absolute
from shop.core.fen import shown_yuan
from shop.gateways.services import to_pay_of
from shop.notifications.models import BuyerNotice
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState, PayMethod, ReleaseState
from shop.procurement.members import PAYING
from shop.procurement.terms import due_days

logger = logging.getLogger(__name__)

KIND = "unit_payment_due"
#: So long before the day the unit is reminded: a transfer takes days.
BEFORE = dt.timedelta(days=3)


def remind_of_payments() -> int:
    """Tell units of payments on terms that are due within three days, or were due; return how many notices. A job.

    An order has a day once all of it is accepted or off the order. It is told of once before its day and once after
    it, to each who pays for the unit; terms that move the day are told of anew. One order's trouble is its own.
    """
    records = list(
        OrderRecord.objects.filter(
            method=PayMethod.TERMS,
            payment_state=PaymentState.UNPAID,
            release_state=ReleaseState.RELEASED,
            due_fen__gt=0,
        ).order_by("pk")
    )
    today = clock.today()
    days = {pk: day for pk, day in due_days(records).items() if day - BEFORE <= today}
    keys = BuyerNotice.objects.filter(kind=KIND, record__in=list(days)).values_list("key", flat=True)
    told = {key.rpartition(":")[0] for key in keys}
    due = [one for one in records if one.pk in days and _stem(one, days[one.pk]) not in told]
    missing = to_pay_of(due)
    return sum(
        _try_to_tell(record, days[record.pk], missing[record.pk]) for record in due if missing[record.pk]
    )


def _stem(record: OrderRecord, day: dt.date) -> str:
    """Return how the keys of an order's notices begin, whoever they go to: one before the day, one after it."""
    return f"{KIND}:{record.pk}:{day:%Y%m%d}:{'over' if day < clock.today() else 'soon'}"


def _try_to_tell(record: OrderRecord, day: dt.date, fen: int) -> int:
    try:
        return _tell(record, day, fen)
    except Exception:  # It is tried again at the next turn.
        logger.exception("the unit of order %s was not reminded of its payment", record.number)
        return 0


@transaction.atomic
def _tell(record: OrderRecord, day: dt.date, fen: int) -> int:
    """Write a notice to each who pays for the unit, by e-mail or else by SMS; what was written is not written again."""
    is_over = day < clock.today()
    url = absolute(reverse("procurement:order", args=[record.number]))
    with translation.override(settings.LANGUAGE_CODE):
        shown = {
            "record": record,
            "day": day,
            "yuan": shown_yuan(fen),
            "is_over": is_over,
            "url": url,
            "shop_name": settings.SHOP_NAME,
        }
        subject, _line, body = render_to_string(f"emails/{KIND}.txt", shown).strip().partition("\n")
    now = clock.now()
    written = 0
    for person in _people(record.credited_organisation):
        _notice, fresh = BuyerNotice.objects.get_or_create(
            key=f"{_stem(record, day)}:{person.pk}",
            defaults={
                "kind": KIND,
                "channel": "email" if person.email else "sms",
                "address": person.email or person.phone or "",
                "subject": subject.strip()[:160],
                "body": body.strip() + "\n",
                "params": {
                    "number": record.number,
                    "deadline": f"{day:%Y-%m-%d}",
                    "path": urlsplit(url).path,
                    "url": url,
                },
                "due_at": now,
                "created_at": now,
                "user": person,
                "record_id": record.pk,
            },
        )
        written += fresh
    return written


def _people(organisation_code: str) -> list[User]:
    held = Membership.objects.filter(
        organisation__code=organisation_code, role__in=PAYING, state=MembershipState.ACTIVE
    )
    return list(User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk"))
