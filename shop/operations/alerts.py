"""Tell named people once when messages wait too long; the alarm ends by itself."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from shop.core import clock
from shop.operations.health import outbox_late
from shop.operations.models import Alert

logger = logging.getLogger(__name__)

OUTBOX = "outbox"


def watch_outbox() -> bool:
    """Raise the alarm when the oldest message waits longer than allowed, end it when none does any more. A job.

    The addresses of ALERT_EMAILS get one mail per alarm; a mail that cannot be sent is tried again by the next run.
    Returns whether an alarm is on. Safe to run twice, and by two workers at once.
    """
    minutes = outbox_late()
    if minutes is None:
        _open().update(ended_at=clock.now())
        return False
    alert = _open().first() or _raise()
    if alert is not None and alert.mailed_at is None and settings.ALERT_EMAILS:
        _mail(alert, minutes)
    return True


def _open() -> QuerySet[Alert]:
    return Alert.objects.filter(kind=OUTBOX, ended_at=None)


def _raise() -> Alert | None:
    """Return the new alarm, None when another worker has raised it at this moment."""
    try:
        with transaction.atomic():
            return Alert.objects.create(kind=OUTBOX, started_at=clock.now())
    except IntegrityError:
        return None


def _mail(alert: Alert, minutes: int) -> None:
    """Send the mail outside any transaction; whoever sets `mailed_at` first sends it."""
    unsent = Alert.objects.filter(pk=alert.pk, mailed_at=None)
    if not unsent.update(mailed_at=clock.now()):
        return
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("%(shop)s: messages have waited for %(minutes)d minutes") % {
            "shop": settings.SHOP_NAME,
            "minutes": minutes,
        }
        body = _("Figures, supplier orders and notices are late. Please look at %(url)s.") % {
            "url": f"{settings.SHOP_BASE_URL}{reverse('operations:outbox')}"
        }
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, settings.ALERT_EMAILS)
    except OSError as error:
        Alert.objects.filter(pk=alert.pk).update(mailed_at=None)
        logger.warning("the alarm was not mailed: %s", error)
