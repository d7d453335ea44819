"""What providers tell us: verified on the raw bytes, stored once, applied in a second transaction."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from enum import StrEnum

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from shop.core import clock
from shop.core.locks import lock
from shop.gateways.models import AttemptState, PaymentAttempt, PaymentNotice
from shop.gateways.providers import registry
from shop.gateways.providers.base import (
    CURRENCY,
    About,
    BadNotice,
    ProviderObject,
    ProviderState,
    ProviderUnavailable,
    RefundNews,
    VerifiedNotice,
)
from shop.gateways.services.captures import Money, capture_for
from shop.gateways.services.refunds import note_refund_news
from shop.gateways.status import MoneyAttention
from shop.gateways.transitions import end_attempt
from shop.journal import services as journal
from shop.ordering.models import OrderRecord
from shop.ordering.transitions import call_attention

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What a notice led to."""

    CAPTURED = "captured"
    HELD = "held"
    FOREIGN_CURRENCY = "foreign_currency"
    ENDED = "ended"
    PENDING = "pending"
    UNKNOWN_REFERENCE = "unknown_reference"
    WAITING = "waiting"
    REFUND_NOTED = "refund_noted"
    IGNORED = "ignored"


def bad_notices(provider: str) -> int:
    """Return how many notices of this provider were refused since the cache was emptied."""
    return int(cache.get(f"gateways.bad_notices.{provider}", 0))


def receive_notice(*, provider: str, raw: bytes, headers: Mapping[str, str]) -> Outcome:
    """Verify, store and apply a notice; a repeat returns the first one's outcome and changes nothing.

    Raises BadNotice (nothing is stored but a count) and ShopError for a provider that is not in use.
    When the provider cannot be asked back the notice waits, stored, for the reconciliation.
    """
    try:
        verified = registry.provider(provider).verify_notice(raw, headers)
    except BadNotice as error:
        key = f"gateways.bad_notices.{provider}"
        cache.add(key, 0, timeout=None)
        cache.incr(key)
        logger.warning("refused a notice of %s: %s", provider, error)
        raise
    return _apply(_store(provider, verified, raw))


def _store(provider: str, verified: VerifiedNotice, raw: bytes) -> PaymentNotice:
    """Store the notice, or return the one there is: most come once, so it is written without looking first."""
    try:
        with transaction.atomic():
            return PaymentNotice.objects.create(
                provider=provider,
                provider_event_id=verified.provider_event_id,
                body=raw.decode("utf-8", errors="replace"),
                body_digest=hashlib.sha256(raw).hexdigest(),
                reference=verified.reference,
                about=verified.about.value,
                foreign_account=verified.foreign_account,
                received_at=clock.now(),
            )
    except IntegrityError:
        return PaymentNotice.objects.get(provider=provider, provider_event_id=verified.provider_event_id)


def apply_notice(*, notice_id: int) -> Outcome:
    """Ask the provider what the notice is about and apply the answer. Safe to call twice."""
    return _apply(PaymentNotice.objects.get(pk=notice_id))


def _apply(notice: PaymentNotice) -> Outcome:
    if notice.applied_at is not None:
        return Outcome(notice.outcome)
    if notice.about == About.NOTHING:
        return _finish(notice, lambda: Outcome.IGNORED)
    if notice.foreign_account:
        return _finish(notice, lambda: _hold_for_account(notice))
    provider = registry.provider(notice.provider)
    try:
        if notice.about == About.REFUND:
            news = provider.fetch_refund(notice.reference)
            return _finish(notice, lambda: _take_refund_news(notice.provider, news))
        if not _attempts_of(notice).exists():
            return _not_found(notice)
        seen = provider.fetch(notice.reference)
    except ProviderUnavailable:
        return Outcome.WAITING
    return _finish(notice, lambda: apply_object(provider=notice.provider, seen=seen))


def _attempts_of(notice: PaymentNotice) -> QuerySet[PaymentAttempt]:
    return PaymentAttempt.objects.filter(provider=notice.provider, reference=notice.reference)


def _not_found(notice: PaymentNotice) -> Outcome:
    """Leave the notice to be tried again: the attempt's reference may be on its way into the database."""
    PaymentNotice.objects.filter(pk=notice.pk, applied_at=None).update(outcome=Outcome.UNKNOWN_REFERENCE)
    return Outcome.UNKNOWN_REFERENCE


def _finish(notice: PaymentNotice, act: Callable[[], Outcome]) -> Outcome:
    """Act and note the outcome in one transaction; the first of several at once acts, the others read."""
    with transaction.atomic():
        notice = lock(PaymentNotice.objects.filter(pk=notice.pk)).get()
        if notice.applied_at is not None:
            return Outcome(notice.outcome)
        outcome = act()
        notice.applied_at, notice.outcome = clock.now(), outcome
        notice.save(update_fields=["applied_at", "outcome"])
    return outcome


def _hold_for_account(notice: PaymentNotice) -> Outcome:
    """Call a person to the order that a notice from another account names; nothing is fetched, nothing taken."""
    attempt = _attempts_of(notice).first()
    if attempt is None:
        return Outcome.IGNORED
    call_attention(lock(OrderRecord.objects.filter(pk=attempt.record_id)).get(), MoneyAttention.ACCOUNT)
    return Outcome.HELD


def _take_refund_news(provider: str, news: RefundNews) -> Outcome:
    known = note_refund_news(provider=provider, news=news)
    # A refund made by hand on the provider's own pages: the bill names it as a difference.
    return Outcome.REFUND_NOTED if known else Outcome.IGNORED


def apply_object(*, provider: str, seen: ProviderObject) -> Outcome:
    """Bring an attempt to what the provider's books say: the one way in for notices, polls and expiry.

    Runs in the caller's transaction. Safe to call twice.
    """
    mine = PaymentAttempt.objects.filter(provider=provider, reference=seen.reference)
    record = lock(OrderRecord.objects.filter(pk__in=mine.values("record_id"))).first()
    if record is None:
        return Outcome.UNKNOWN_REFERENCE
    attempt = mine.get()
    if seen.state is ProviderState.PAID:
        return _take_money(attempt, record, seen)
    if seen.state is ProviderState.PENDING:
        return Outcome.PENDING
    ended = AttemptState.FAILED if seen.state is ProviderState.FAILED else AttemptState.EXPIRED
    end_attempt(attempt.pk, ended)
    return Outcome.ENDED


def _mismatch(attempt: PaymentAttempt, record: OrderRecord, seen: ProviderObject) -> str:
    """Return why the money may not be applied without a person, or ""."""
    if seen.currency != CURRENCY:
        return MoneyAttention.CURRENCY
    if seen.livemode == record.demo:
        return MoneyAttention.LIVEMODE
    return MoneyAttention.AMOUNT if seen.amount_fen != attempt.amount_fen else ""


def _payment_key(attempt: PaymentAttempt) -> str:
    """Return the name of the attempt's money: the provider's reference, digested when it is too long for a key."""
    plain = f"{attempt.provider}:{attempt.reference}"
    if len(plain) <= 64:
        return plain
    return f"{attempt.provider}:{hashlib.sha256(attempt.reference.encode()).hexdigest()[:40]}"


def _take_money(attempt: PaymentAttempt, record: OrderRecord, seen: ProviderObject) -> Outcome:
    reason = _mismatch(attempt, record, seen)
    if reason == MoneyAttention.CURRENCY:
        # Another currency's units are not fen: there is no sum to write down, only a person to ask.
        call_attention(record, reason)
        end_attempt(attempt.pk, AttemptState.FAILED)
        return Outcome.FOREIGN_CURRENCY
    capture_for(
        money=Money(
            key=_payment_key(attempt),
            provider=attempt.provider,
            fen=seen.amount_fen,
            captured_at=seen.paid_at or clock.now(),
            payer=seen.payer,
            verified_by=attempt.provider,
            demo=not seen.livemode,
            held_reason=reason,
        ),
        record=record,
        attempt=attempt,
    )
    return Outcome.HELD if reason else Outcome.CAPTURED


def check_notice(*, notice_id: int, note: str, actor_id: int) -> bool:
    """Take a notice that a person has looked into off the staff's list; the note is journalled.

    Returns False, and changes nothing, when somebody did before. Raises PaymentNotice.DoesNotExist.
    """
    with transaction.atomic():
        notice = lock(PaymentNotice.objects.filter(pk=notice_id)).get()
        if notice.checked_at is not None:
            return False
        notice.checked_at = clock.now()
        notice.save(update_fields=["checked_at"])
        journal.record(
            actor_id=actor_id,
            action="notice.checked",
            object_type="payment_notice",
            object_key=str(notice.pk),
            after={"provider": notice.provider, "reference": notice.reference, "outcome": notice.outcome},
            reason=note,
        )
    return True
