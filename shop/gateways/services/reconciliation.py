"""Ask the providers about what they have not told us."""

import datetime as dt
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways.models import AttemptState, PaymentAttempt, PaymentNotice
from shop.gateways.providers import demo, registry
from shop.gateways.providers.base import BadNotice, ProviderUnavailable
from shop.gateways.services.attempts import OPEN, open_session
from shop.gateways.services.notices import Outcome, apply_notice, apply_object, receive_notice
from shop.journal import services as journal
from shop.ordering.status import PaymentState, PayMethod

logger = logging.getLogger(__name__)

QUIET = dt.timedelta(minutes=5)
#: So long a notice without an attempt is tried again, and an ended attempt asked about.
PATIENCE = dt.timedelta(days=1)
_BATCH = 200


def reconcile_attempts() -> int:
    """Fetch attempts open for more than five minutes and apply what has become of them.

    Those ended within a day are looked at too, where the provider's sessions may take money after their end.
    An attempt whose order was paid another way is ended. Returns how many payments were found that no
    notice had told of; each is journalled.
    """
    now, enabled = clock.now(), registry.enabled()
    by_people = Q(provider=PayMethod.BANK_TRANSFER)
    # What a clock that was ahead has opened is asked about too: it would else be young until that time comes.
    quiet = Q(created_at__lte=now - QUIET) | Q(created_at__gt=now + QUIET)
    still_open = Q(state__in=OPEN) & quiet & ~(by_people & Q(record__payment_state=PaymentState.UNPAID))
    just_ended = (
        Q(state=AttemptState.EXPIRED, finished_at__gte=now - PATIENCE)
        & ~Q(provider__in=[name for name in enabled if registry.provider(name).expiry_is_final])
        & ~Q(reference="")
    )
    usable = PaymentAttempt.objects.filter(provider__in=enabled).select_related("record")
    # Each has its own batch: a day's ended attempts must not keep the open ones waiting.
    attempts = [
        *usable.filter(still_open).order_by("pk")[:_BATCH],
        *usable.filter(just_ended).order_by("-finished_at")[:_BATCH],
    ]
    return sum(bool(_reconcile(attempt)) for attempt in attempts)


@dataclass(frozen=True)
class Asked:
    """What came of asking the providers: payments found, and attempts that they could not be asked about."""

    found: int
    unreachable: int


def reconcile_everything(*, since: dt.datetime) -> Asked:
    """Ask about every attempt that may have taken money since then, however fresh or long ended.

    For a shop that was put back from a copy: what the copy calls open or ended was perhaps paid afterwards.
    Safe to call twice.
    """
    usable = PaymentAttempt.objects.filter(provider__in=registry.enabled()).exclude(
        provider=PayMethod.BANK_TRANSFER
    )
    ended = Q(state__in=(AttemptState.EXPIRED, AttemptState.FAILED), created_at__gte=since - PATIENCE)
    asked = usable.filter(Q(state__in=OPEN) | (ended & ~Q(reference=""))).select_related("record")
    answers = [_reconcile(attempt) for attempt in list(asked.order_by("pk"))]
    return Asked(sum(answer is True for answer in answers), sum(answer is None for answer in answers))


def _reconcile(attempt: PaymentAttempt) -> bool | None:
    """Ask about one attempt; return whether money was found, None when the provider could not be asked."""
    provider = registry.provider(attempt.provider)
    try:
        if not attempt.reference:
            open_session(attempt, provider)
        superfluous = attempt.state in OPEN and attempt.record.payment_state != PaymentState.UNPAID
        ask = provider.expire if superfluous else provider.fetch
        seen = ask(attempt.reference)
    except ShopError as error:
        logger.warning("attempt %s cannot be reconciled: %s", attempt.pk, error)
        return None if error.code == "provider_unavailable" else False
    except ProviderUnavailable as error:
        logger.warning("attempt %s could not be reconciled: %s", attempt.pk, error)
        return None
    with transaction.atomic():
        outcome = apply_object(provider=attempt.provider, seen=seen)
        found = outcome in (Outcome.CAPTURED, Outcome.HELD, Outcome.FOREIGN_CURRENCY)
        if found:
            journal.record(
                actor_id=None,
                action="payment.reconciled",
                object_type="attempt",
                object_key=str(attempt.pk),
                after={"outcome": outcome.value, "fen": seen.amount_fen},
            )
    return found


def apply_waiting_notices() -> int:
    """Apply stored notices that could not be applied when they came; return how many were."""
    waiting = PaymentNotice.objects.filter(applied_at=None, received_at__gte=clock.now() - PATIENCE)
    count = 0
    for notice_id in waiting.order_by("pk").values_list("pk", flat=True)[:_BATCH]:
        try:
            outcome = apply_notice(notice_id=notice_id)
        except ShopError as error:
            logger.warning("notice %s waits: %s", notice_id, error)
            continue
        count += outcome not in (Outcome.WAITING, Outcome.UNKNOWN_REFERENCE)
    return count


def deliver_late_callbacks() -> int:
    """Let the demo provider's late payments land and call back; nothing without the demo provider."""
    if PayMethod.DEMO not in registry.enabled():
        return 0
    return take_callbacks(demo.land_late_payments())


def take_callbacks(notices: Iterable[demo.SignedNotice]) -> int:
    """Take what the demo provider calls back; return how many. One that is refused is lost, as on any network.

    It is refused when the clock jumps between its signature and its arrival; reconciliation finds the payment.
    """
    taken = 0
    for notice in notices:
        with suppress(BadNotice):
            receive_notice(provider=PayMethod.DEMO, raw=notice.raw, headers=notice.headers)
            taken += 1
    return taken
