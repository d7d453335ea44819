"""Keep a provider's limit over all workers: what was asked of it in the last minute stands in one row."""

import datetime as dt

from django.db import transaction

from shop.core import clock
from shop.core.locks import lock
from shop.notifications.models import ProviderPace

WINDOW_SECONDS = 60.0
#: No provider is left alone for longer; an end further ahead was written while the clock was wrong.
LONGEST_BLOCK = dt.timedelta(days=1)


def take(*, key: str, limit: int) -> dt.datetime | None:
    """Take one call out of `limit` a minute; None when it may be made now, else when to ask again.

    In no minute, wherever it begins, are there more than `limit` calls. A call that is taken and not made
    only costs its place: nothing has to be given back. Its own short transaction.
    """
    with transaction.atomic():
        pace = _locked(key)
        now = clock.now()
        if pace.blocked_until is not None and now < pace.blocked_until <= now + LONGEST_BLOCK:
            return pace.blocked_until
        second = now.timestamp()
        # A clock that was set back must not stop the shop: calls of the future are forgotten.
        taken = [each for each in pace.taken if second - WINDOW_SECONDS < each <= second]
        if len(taken) >= limit:
            return dt.datetime.fromtimestamp(taken[-limit] + WINDOW_SECONDS + 0.001, tz=dt.UTC)
        pace.taken = [*taken, second]
        pace.save(update_fields=["taken"])
    return None


def block(*, key: str, until: dt.datetime) -> None:
    """Let no worker ask the provider before `until`; an earlier end never shortens a later one."""
    with transaction.atomic():
        pace = _locked(key)
        standing = pace.blocked_until
        if standing is None or standing < until or standing > clock.now() + LONGEST_BLOCK:
            pace.blocked_until = until
            pace.save(update_fields=["blocked_until"])


def blocked_until(key: str) -> dt.datetime | None:
    """Return until when the provider has asked for a pause, None when it takes messages. One query."""
    now = clock.now()
    found = ProviderPace.objects.filter(
        key=key, blocked_until__gt=now, blocked_until__lte=now + LONGEST_BLOCK
    )
    return found.values_list("blocked_until", flat=True).first()


def _locked(key: str) -> ProviderPace:
    found = lock(ProviderPace.objects.filter(key=key)).first()
    if found is not None:
        return found
    ProviderPace.objects.bulk_create([ProviderPace(key=key)], ignore_conflicts=True)
    return lock(ProviderPace.objects.filter(key=key)).get()
