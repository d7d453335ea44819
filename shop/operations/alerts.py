"""Tell named people once when messages wait too long; the alarm ends by itself."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.notifications.channels.registry import is_live
from shop.notifications.models import ChannelKind
from shop.notifications.selectors import RECEIVERS, held_notices
from shop.notifications.text_limits import ceiling_reached
from shop.operations.health import outbox_late
from shop.operations.models import Alert

logger = logging.getLogger(__name__)

OUTBOX, TEXTS = "outbox", "texts"


def watch_outbox() -> bool:
    """Raise the alarm when the oldest message waits longer than allowed, end it when none does any more. A job.

    The addresses of ALERT_EMAILS get one mail per alarm; a mail that cannot be sent is tried again by the next run.
    Returns whether an alarm is on. Safe to run twice, and by two workers at once.
    """
    minutes = outbox_late()
    return _watch(OUTBOX, on=minutes is not None, words=lambda: _late_words(minutes or 0))


def watch_texts() -> bool:
    """Raise the alarm while texts wait for the shop's limit or the provider, or the cost ceiling is reached. A job.

    One mail per alarm, as `watch_outbox`. Returns whether an alarm is on. Safe to run twice.
    """
    waiting = sum(held_notices(SYSTEM, to).count() for to in RECEIVERS)
    reached = is_live(ChannelKind.SMS) and ceiling_reached(clock.now())
    return _watch(TEXTS, on=waiting > 0 or reached, words=lambda: _texts_words(waiting))


def _watch(kind: str, *, on: bool, words: Callable[[], tuple[str, str]]) -> bool:
    if not on:
        _open(kind).update(ended_at=clock.now())
        return False
    alert = _open(kind).first() or _raise(kind)
    if alert is not None and alert.mailed_at is None and settings.ALERT_EMAILS:
        _mail(alert, words)
    return True


def _open(kind: str) -> QuerySet[Alert]:
    return Alert.objects.filter(kind=kind, ended_at=None)


def _raise(kind: str) -> Alert | None:
    """Return the new alarm, None when another worker has raised it at this moment."""
    try:
        with transaction.atomic():
            return Alert.objects.create(kind=kind, started_at=clock.now())
    except IntegrityError:
        return None


def _mail(alert: Alert, words: Callable[[], tuple[str, str]]) -> None:
    """Send the mail outside any transaction; whoever sets `mailed_at` first sends it."""
    unsent = Alert.objects.filter(pk=alert.pk, mailed_at=None)
    if not unsent.update(mailed_at=clock.now()):
        return
    with translation.override(settings.LANGUAGE_CODE):
        subject, body = words()
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, settings.ALERT_EMAILS)
    except OSError as error:
        Alert.objects.filter(pk=alert.pk).update(mailed_at=None)
        logger.warning("the alarm was not mailed: %s", error)


def _late_words(minutes: int) -> tuple[str, str]:
    subject = _("%(shop)s: messages have waited for %(minutes)d minutes") % {
        "shop": settings.SHOP_NAME,
        "minutes": minutes,
    }
    body = _("Figures, supplier orders and notices are late. Please look at %(url)s.") % {
        "url": f"{settings.SHOP_BASE_URL}{reverse('operations:outbox')}"
    }
    return subject, body


def _texts_words(waiting: int) -> tuple[str, str]:
    subject = _("%(shop)s: %(count)d text messages wait for a limit") % {
        "shop": settings.SHOP_NAME,
        "count": waiting,
    }
    body = _("The limits of texts or their cost ceiling are reached. Please look at %(url)s.") % {
        "url": f"{settings.SHOP_BASE_URL}{reverse('notifications:services')}"
    }
    return subject, body
