"""Begin to pay: the intention and its key are stored before a provider hears of it."""

import logging
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.gateways.models import AttemptState, PaymentAttempt
from shop.gateways.providers import registry
from shop.gateways.providers.base import (
    Instructions,
    Provider,
    ProviderRefused,
    ProviderSession,
    ProviderState,
    ProviderUnavailable,
    SessionRequest,
)
from shop.gateways.services.notices import apply_object
from shop.gateways.services.unapplied import OrderMoney, unapplied_money
from shop.gateways.transitions import ATTEMPT, end_attempt
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState, PayMethod

logger = logging.getLogger(__name__)

OPEN = (AttemptState.CREATED, AttemptState.OPEN)


@dataclass(frozen=True)
class MethodOption:
    """A way to pay as the cashier page offers it."""

    code: str
    label: str | Promise
    note: str | Promise


@dataclass(frozen=True)
class Started:
    """Where the buyer goes now: to the provider's page, or to instructions on ours."""

    attempt_id: int
    redirect_url: str | None
    instructions: Instructions | None


_NOTES: dict[str, str | Promise] = {
    PayMethod.DEMO: _("No real money moves: you choose how the payment ends."),
    PayMethod.STRIPE: _("On the secure page of Stripe, our payment service. We never see your card number."),
    PayMethod.BANK_TRANSFER: _("From a company account, with a code in the remark; usually one working day."),
}


class NothingOpened(ShopError):
    """The provider has opened nothing for an attempt and never will; the attempt has ended."""


def methods_for_new_orders(*, demo: bool) -> list[str]:
    """Return the names of the ways in which an order, of a demonstration or not, could be paid now."""
    return [
        name
        for name in registry.enabled()
        if name == PayMethod.BANK_TRANSFER or registry.pays_demo_orders(name) == demo
    ]


def methods(record: OrderRecord) -> list[MethodOption]:
    """Return the ways in which this order can be paid now.

    Play money pays demonstration orders and nothing else does. A bank transfer takes days, so it is offered only
    to an order that was placed with it and is held that long, or is paid after acceptance.
    """
    names = methods_for_new_orders(demo=record.demo)
    if record.method not in (PayMethod.BANK_TRANSFER, PayMethod.TERMS):
        names = [name for name in names if name != PayMethod.BANK_TRANSFER]
    names.sort(key=lambda name: name != record.method)
    return [MethodOption(code=name, label=PayMethod(name).label, note=_NOTES[name]) for name in names]


def to_pay_fen(record: OrderRecord, money: OrderMoney | None = None) -> int:
    """Return what is still missing: the amount due less the money that has already come in for it.

    `money` is what is unapplied of the order, where the caller has read it.
    """
    money = money or unapplied_money(record.pk)
    return max(record.due_fen - record.paid_fen - money.free_fen, 0)


def start_payment(*, record: OrderRecord, method: str) -> Started:
    """Open a session for what is missing, or return the one that is open (double click, two tabs).

    Raises ShopError: method_unavailable, already_paid, order_closed, provider_unavailable, provider_refused. The
    network is used outside transactions; a death anywhere in between leaves a row that the next
    click or the reconciliation takes up with the same key.
    """
    if method not in {option.code for option in methods(record)}:
        raise ShopError(
            _("This way of paying is not available now."), code="method_unavailable", field="method"
        )
    provider = registry.provider(method)
    attempt, found = _intend_anew(record.pk, provider)
    faultpoint("gateways.after_intent")
    try:
        session = open_session(attempt, provider)
    except NothingOpened:
        if not found:
            raise
        # What an earlier click left cannot be taken up any more; this click begins anew.
        attempt, _found, _missing = _intend(record.pk, provider)
        session = open_session(attempt, provider)
    return Started(
        attempt_id=attempt.pk, redirect_url=session.redirect_url, instructions=session.instructions
    )


def _payable(record: OrderRecord) -> int:
    """Return what is to be paid. Raises ShopError when the order takes no payment."""
    if record.payment_state == PaymentState.PAID:
        raise ShopError(_("This order is already paid."), code="already_paid")
    money = unapplied_money(record.pk)
    if money.held_fen:
        raise ShopError(_("Your payment is being checked by our staff."), code="payment_held")
    expired = record.hold_until is not None and record.hold_until <= clock.now()
    if record.payment_state != PaymentState.UNPAID or expired:
        raise ShopError(_("The time to pay this order is over. Please order again."), code="order_closed")
    missing = to_pay_fen(record, money)
    if missing == 0:
        raise ShopError(_("Your payment has arrived and is being confirmed."), code="already_paid")
    return missing


def _intend_anew(record_id: int, provider: Provider) -> tuple[PaymentAttempt, bool]:
    """Return an attempt for what is missing now, and whether it was there already.

    An online session that asks for another amount is ended first; a transfer's code stays good.
    """
    attempt, found, missing = _intend(record_id, provider)
    if provider.by_hand or attempt.amount_fen == missing:
        return attempt, found
    try:
        end_session(attempt, provider)
    except ProviderUnavailable as error:
        raise _no_answer() from error
    attempt, found, _missing = _intend(record_id, provider)
    return attempt, found


def _intend(record_id: int, provider: Provider) -> tuple[PaymentAttempt, bool, int]:
    """Return the open attempt, whether it was there already, and the fen that are missing."""
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        missing = _payable(record)
        attempt = PaymentAttempt.objects.filter(record=record, provider=provider.name, state__in=OPEN).first()
        if attempt is not None:
            return attempt, True, missing
        fresh = PaymentAttempt.objects.create(
            record=record,
            provider=provider.name,
            amount_fen=missing,
            idempotency_key=uuid.uuid4().hex,
            created_at=clock.now(),
        )
        return fresh, False, missing


def _no_answer() -> ShopError:
    return ShopError(
        _("The payment service does not answer. Please try again in a minute or pay another way."),
        code="provider_unavailable",
    )


def end_session(attempt: PaymentAttempt, provider: Provider) -> None:
    """Expire the attempt at the provider and note what it had become: it may just have been paid.

    Raises ProviderUnavailable, leaving the attempt open: also while its money is on the way. Safe to call twice.
    """
    if not attempt.reference:
        try:
            open_session(attempt, provider)
        except NothingOpened:
            return
    seen = provider.expire(attempt.reference)
    if seen.state is ProviderState.PENDING:
        raise ProviderUnavailable("the payment is being made at this moment")
    with transaction.atomic():
        apply_object(provider=provider.name, seen=seen)


def open_session(attempt: PaymentAttempt, provider: Provider) -> ProviderSession:
    """Ask the provider with the stored key and store its reference. Safe to call twice.

    Raises ShopError (provider_unavailable): the attempt stays, the next call asks again; NothingOpened
    (provider_refused): it has ended.
    """
    request = SessionRequest(
        idempotency_key=attempt.idempotency_key,
        amount_fen=attempt.amount_fen,
        order_number=attempt.record.number,
        return_path=reverse("gateways:return", args=[attempt.record.number]),
        cancel_path=reverse("gateways:cashier", args=[attempt.record.number]),
        asked_at=attempt.created_at,
        held_until=attempt.record.hold_until,
        known_reference=attempt.reference,
    )
    try:
        session = provider.create_session(request)
    except ProviderUnavailable as error:
        raise _no_answer() from error
    except ProviderRefused as error:
        logger.warning("attempt %s has ended, nothing was opened: %s", attempt.pk, error)
        _end(attempt)
        raise NothingOpened(
            _("The payment service did not accept this payment. Please try again or pay another way."),
            code="provider_refused",
        ) from error
    _remember(attempt, session.reference)
    return session


def _end(attempt: PaymentAttempt) -> None:
    end_attempt(attempt.pk, AttemptState.FAILED)


def _remember(attempt: PaymentAttempt, reference: str) -> None:
    if attempt.reference == reference:
        return
    attempt.reference = reference
    created = PaymentAttempt.objects.filter(pk=attempt.pk, state__in=ATTEMPT.before(AttemptState.OPEN))
    try:
        with transaction.atomic():
            created.update(reference=reference, state=AttemptState.OPEN)
    except IntegrityError as error:
        # Two keys gave one transfer code (1 in 2^35): this attempt is given up, the next has another key.
        end_attempt(attempt.pk, AttemptState.FAILED)
        raise ShopError(_("Please try again."), code="provider_unavailable") from error
