"""Bank lines: one of the staff reads them off the statement, another confirms (four eyes)."""

import datetime as dt
import unicodedata
from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.gateways.bank_models import Direction, StatementLine
from shop.gateways.models import Payment, PaymentAttempt, TransferClaim, TransferState
from shop.gateways.providers import bank_transfer
from shop.gateways.services.captures import Money, capture
from shop.gateways.services.sharing_out import codes_known, lock_orders, named_orders, share_out
from shop.journal import services as journal
from shop.ordering.status import PayMethod

#: So far apart the day that somebody typed and the bank's own may be.
SLIP = dt.timedelta(days=3)


def propose_transfer(
    *, reference: str, bank_serial: str, booked_on: dt.date, fen: int, payer: str, proposed_by: int
) -> TransferClaim:
    """Write down a line of the bank statement; it moves nothing until a second person confirms it.

    An empty reference means money without a usable code: it will stand unapplied.
    Raises ShopError naming the field: unknown code, known line, no serial, future day, amount, own order.
    """
    if fen <= 0:
        raise ShopError(_("The amount must be more than 0."), code="amount", field="amount")
    if booked_on > clock.today():
        raise ShopError(_("The booking day lies in the future."), code="future", field="booked_on")
    code, attempts = _orders_of(reference) if reference.strip() else ("", [])
    attempt = attempts[0] if attempts else None
    _refuse_own_order(attempts, proposed_by)
    serial = plain_serial(bank_serial)
    _refuse_imported(serial, booked_on, attempt, code, fen)
    try:
        with transaction.atomic():
            claim = TransferClaim.objects.create(
                attempt=attempt,
                reference=code,
                bank_serial=serial,
                booked_on=booked_on,
                fen=fen,
                payer=payer.strip(),
                proposed_by=proposed_by,
                proposed_at=clock.now(),
            )
            _note(claim, "transfer.proposed", proposed_by)
    except IntegrityError as error:
        raise ShopError(
            _("This line of the bank statement has already been entered."),
            code="line_known",
            field="bank_serial",
        ) from error
    return claim


def plain_serial(typed: str) -> str:
    """Return the serial number as its key: one bank line is one, in capitals or not, wide or with blanks.

    Raises ShopError (code serial_missing) for none and for one that is too long.
    """
    serial = "".join(unicodedata.normalize("NFKC", typed).upper().split())
    if not serial or len(serial) > 40:
        raise ShopError(
            _("Enter the serial number of the bank line (1 to 40 characters)."),
            code="serial_missing",
            field="bank_serial",
        )
    return serial


def _refuse_imported(
    serial: str, booked_on: dt.date, attempt: PaymentAttempt | None, code: str, fen: int
) -> None:
    """Refuse a line that a statement has brought, also one with a slip in its serial number: same code and sum.

    The money of a code of several orders may have gone to any of them, paid by now. One that came by an order's own
    code is another line.
    """
    lines = StatementLine.objects.filter(direction=Direction.IN, claim=None)
    same = Q(serial=serial, booked_on=booked_on)
    if attempt is not None:
        near = Q(fen=fen, booked_on__range=(booked_on - SLIP, booked_on + SLIP))
        known = codes_known([code])[code].get(code, [])
        meant = Q(payment__attempt=attempt) | Q(reference=code)
        same |= near & (meant | Q(reference="", payment__attempt__in=known))
    if lines.filter(same).exists():
        raise ShopError(
            _("This line has come with an imported bank statement."),
            code="line_imported",
            field="bank_serial",
        )


def _orders_of(reference: str) -> tuple[str, list[PaymentAttempt]]:
    """Return a typed code as it is stored, and the awaited transfers it stands for, the oldest order first."""
    code = bank_transfer.normalise(reference)
    if code is None:
        raise ShopError(
            _("This is not a transfer code: 8 letters and digits. Please compare it with the statement."),
            code="reference_mistyped",
            field="reference",
        )
    attempts = named_orders(codes_known([code])[code].get(code, []))
    if not attempts:
        raise ShopError(_("No order has this transfer code."), code="reference_unknown", field="reference")
    return code, attempts


def _refuse_own_order(attempts: Sequence[PaymentAttempt], user_id: int) -> None:
    if any(attempt.record.buyer_id == user_id for attempt in attempts):
        raise ShopError(
            _("You placed this order yourself, so other people must match its money."), code="own_order"
        )


def _note(claim: TransferClaim, action: str, actor_id: int, reason: str = "") -> None:
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="transfer",
        object_key=str(claim.pk),
        after={"reference": claim.reference, "serial": claim.bank_serial, "fen": claim.fen},
        reason=reason,
    )


def booked_at(booked_on: dt.date) -> dt.datetime:
    """Return the end of the bank's day, or now when that is still to come: banks give no time."""
    end = dt.datetime.combine(booked_on, dt.time(23, 59, 59), tzinfo=clock.SHANGHAI)
    return min(end, clock.now())


def bank_key(booked_on: dt.date, serial: str) -> str:
    """Return the payment_key of money that a line of the bank tells of."""
    return f"bank:{booked_on:%Y%m%d}:{serial}"


def confirm_transfer(*, claim_id: int, confirmed_by: int) -> Payment:
    """Take a proposed line as money. A second confirmation changes nothing and returns the payment.

    Raises ShopError: same_person, own_order, rejected, line_imported (a statement has brought it meanwhile).
    """
    claim = TransferClaim.objects.get(pk=claim_id)
    if claim.state == TransferState.PROPOSED:
        _refuse_imported(claim.bank_serial, claim.booked_on, claim.attempt, claim.reference, claim.fen)
    return take_claim(claim_id=claim_id, confirmed_by=confirmed_by)


def take_claim(*, claim_id: int, confirmed_by: int) -> Payment:
    """Do what `confirm_transfer` does, also for the line of a statement that confirms it.

    The money of a code that stands for several orders goes to all of them, as far as it goes.
    """
    with transaction.atomic():
        asked = TransferClaim.objects.select_related("attempt__record").get(pk=claim_id)
        attempt, attempts = asked.attempt, attempts_of(asked)
        lock_orders(attempts)
        claim = lock(TransferClaim.objects.filter(pk=claim_id)).get()
        key = bank_key(claim.booked_on, claim.bank_serial)
        if claim.state == TransferState.CONFIRMED:
            return Payment.objects.get(key=key)
        if claim.state == TransferState.REJECTED:
            raise ShopError(_("This bank line has been rejected."), code="rejected")
        if claim.proposed_by == confirmed_by:
            raise ShopError(
                _("You entered this bank line yourself. Another person must confirm it."), code="same_person"
            )
        _refuse_own_order(attempts, confirmed_by)
        claim.state = TransferState.CONFIRMED
        claim.confirmed_by, claim.confirmed_at = confirmed_by, clock.now()
        claim.save()
        _note(claim, "transfer.confirmed", confirmed_by)
        payment = capture(
            money=Money(
                key=key,
                provider=PayMethod.BANK_TRANSFER,
                fen=claim.fen,
                captured_at=booked_at(claim.booked_on),
                payer=claim.payer,
                verified_by=f"{claim.proposed_by}+{confirmed_by}",
                demo=attempt.record.demo if attempt else settings.SHOP_DEMO,
            ),
            record_id=attempt.record_id if attempt else None,
            attempt_id=attempt.pk if attempt else None,
        )
        share_out(payment, attempts[1:], proposed_by=claim.proposed_by, approved_by=confirmed_by)
        return payment


def attempts_of(claim: TransferClaim) -> list[PaymentAttempt]:
    """Return the transfer that a claim was entered for, then the others its code stands for that may take of it."""
    own = claim.attempt
    if own is None:
        return []
    if claim.reference == own.reference:
        return [own]
    found = named_orders(codes_known([claim.reference])[claim.reference].get(claim.reference, []))
    return [own, *(one for one in found if one.record_id != own.record_id)]


def reject_transfer(*, claim_id: int, rejected_by: int, reason: str) -> None:
    """Take a proposed line back; the same line can then be entered again. Safe to call twice.

    Raises ShopError (code confirmed) when its money has already been taken.
    """
    with transaction.atomic():
        claim = lock(TransferClaim.objects.filter(pk=claim_id)).get()
        if claim.state == TransferState.REJECTED:
            return
        if claim.state == TransferState.CONFIRMED:
            raise ShopError(_("This bank line has already been confirmed."), code="confirmed")
        claim.state = TransferState.REJECTED
        claim.save()
        _note(claim, "transfer.rejected", rejected_by, reason)
