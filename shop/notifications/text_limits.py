"""What text messages may cost, and how many one number and the whole shop get: counted before each one leaves.

Login codes and notices share the limits, so that nobody can have a number flooded or the account emptied.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.crypto import salted_hmac

from shop.core import clock
from shop.core.locks import lock
from shop.notifications import pacing
from shop.notifications.channels.aliyun_sms import mainland_number
from shop.notifications.channels.base import ChannelBusy, ChannelRefused, Message
from shop.notifications.channels.registry import channel_for
from shop.notifications.models import ChannelKind, Hold, SmsRule, SmsUse
from shop.notifications.texts import segments, text_of

#: The name of Aliyun's account in ProviderPace.
PACE = "sms"
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass(frozen=True)
class Spent:
    """What texts have cost today and this month (Shanghai), in fen, and how many went today."""

    today_fen: int
    month_fen: int
    today: int


def rule_on(day: dt.date) -> SmsRule:
    """Return the limits in force; raises SmsRule.DoesNotExist before the first."""
    return SmsRule.objects.filter(starts_on__lte=day).latest("starts_on")


def spent(now: dt.datetime) -> Spent:
    """Return what texts have cost up to now. Two queries."""
    today, month = _midnight(now), _first_of_month(now)
    uses = SmsUse.objects.filter(at__gte=today, at__lt=today + DAY)
    month_fen = SmsUse.objects.filter(at__gte=month).aggregate(fen=Sum("fen"))["fen"] or 0
    found = uses.aggregate(fen=Sum("fen"))["fen"] or 0
    return Spent(found, month_fen, uses.count())


def ceiling_reached(now: dt.datetime) -> bool:
    """Return whether not one more text fits below the cost ceiling of the day or the month. Three queries."""
    rule, sums = rule_on(clock.local_date(now)), spent(now)
    return (
        sums.today_fen + rule.segment_fen > rule.day_ceiling_fen
        or sums.month_fen + rule.segment_fen > rule.month_ceiling_fen
    )


def send_metered(message: Message) -> None:
    """Send a text by the provider within the limits; raises ChannelBusy (hold, until) beyond them.

    A text that the provider refused is not counted; one whose answer was lost is, since it may have gone.
    """
    blocked = pacing.blocked_until(PACE)
    if blocked is not None:
        raise ChannelBusy("the provider takes no texts at present", until=blocked, hold=Hold.PROVIDER)
    use = reserve(phone=message.address, text=text_of(message.kind, message.params), purpose=message.kind)
    try:
        channel_for(ChannelKind.SMS).send(message)
    except (ChannelRefused, ChannelBusy) as refused:
        SmsUse.objects.filter(pk=use.pk).delete()
        if isinstance(refused, ChannelBusy) and refused.whole:
            pacing.block(key=PACE, until=refused.until)
        raise


def reserve(*, phone: str, text: str, purpose: str) -> SmsUse:
    """Count a text that is about to leave. Raises ChannelBusy when one of the limits is reached.

    Counting and writing are one locked transaction, so that two workers never take the last place both.
    """
    number = salted_hmac("shop.notifications.sms", mainland_number(phone), algorithm="sha256").hexdigest()[
        :32
    ]
    with transaction.atomic():
        rule = lock(SmsRule.objects.filter(pk=rule_on(clock.today()).pk)).get()
        # Only now: what others have counted while they held the lock lies before.
        now = clock.now()
        parts = segments(text)
        use = SmsUse(
            number=number, purpose=purpose[:40], segments=parts, fen=parts * rule.segment_fen, at=now
        )
        _require_room(rule, use)
        use.save()
    return use


def _require_room(rule: SmsRule, use: SmsUse) -> None:
    now, uses = use.at, SmsUse.objects.all()
    of_number = uses.filter(number=use.number)
    _require(of_number, rule.per_number_hour, HOUR, now, Hold.NUMBER)
    _require(of_number, rule.per_number_day, DAY, now, Hold.NUMBER)
    _require(uses, rule.per_minute, MINUTE, now, Hold.SHOP)
    sums = spent(now)
    tomorrow = _midnight(now) + DAY
    if sums.today >= rule.per_day:
        raise ChannelBusy("as many texts as a day may have", until=tomorrow, hold=Hold.SHOP)
    if sums.month_fen + use.fen > rule.month_ceiling_fen:
        # Looked at again every day: another ceiling may be set meanwhile.
        raise ChannelBusy("the cost ceiling of the month", until=tomorrow, hold=Hold.COST)
    if sums.today_fen + use.fen > rule.day_ceiling_fen:
        raise ChannelBusy("the cost ceiling of the day", until=tomorrow, hold=Hold.COST)


def _require(uses: QuerySet[SmsUse], limit: int, span: dt.timedelta, now: dt.datetime, hold: Hold) -> None:
    """Raise ChannelBusy, until the oldest that counts has left the span, when it holds `limit` uses already."""
    # A clock that was set back must not stop the shop: texts of the future are left out.
    recent = uses.filter(at__gt=now - span, at__lte=now)
    latest = list(recent.order_by("-at").values_list("at", flat=True)[:limit])
    if len(latest) >= limit:
        raise ChannelBusy("enough texts for now", until=latest[-1] + span, hold=hold)


def _midnight(now: dt.datetime) -> dt.datetime:
    """Return when the day in Shanghai began."""
    return dt.datetime.combine(clock.local_date(now), dt.time(), tzinfo=clock.SHANGHAI).astimezone(dt.UTC)


def _first_of_month(now: dt.datetime) -> dt.datetime:
    day = clock.month_of(clock.local_date(now))
    return dt.datetime.combine(day, dt.time(), tzinfo=clock.SHANGHAI).astimezone(dt.UTC)
