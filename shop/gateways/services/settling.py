"""Match the lines of confirmed statements, each in a transaction of its own: a death leaves the rest for later.

Locks are taken in one sequence: the line, then the order, the payment, the claim or the execution.
"""

import logging
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.buyers.units import RESIDENT
from shop.core.exceptions import ShopError
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.core.tabular import plain
from shop.gateways.bank_models import DifferenceKind, Direction, LineState, StatementLine
from shop.gateways.models import AttemptState, Payment, PaymentAttempt, TransferClaim, TransferState
from shop.gateways.services.attempts import to_pay_fen
from shop.gateways.services.captures import Money, capture
from shop.gateways.services.differences import (
    claim_key,
    close_by_hand,
    close_difference,
    open_difference,
    payment_key,
)
from shop.gateways.services.paid_out import settle_outgoing
from shop.gateways.services.payers import units_of_payer
from shop.gateways.services.sharing_out import (
    codes_known,
    lock_orders,
    named_orders,
    orders_summing,
    share_out,
)
from shop.gateways.services.transfers import SLIP, attempts_of, bank_key, booked_at, take_claim
from shop.gateways.status import MoneyAttention
from shop.ordering.status import PaymentState, PayMethod

logger = logging.getLogger(__name__)

_BATCH = 500


def settle_lines(*, file_id: int | None = None, limit: int = _BATCH) -> int:
    """Match the lines that have not been matched, of one file or of all; return how many were. Safe at any time.

    A line that fails is logged and tried again at the next run; it holds up no other.
    """
    lines = StatementLine.objects.filter(state=LineState.NEW)
    if file_id is not None:
        lines = lines.filter(file_id=file_id)
    return sum(_settled(pk) for pk in lines.order_by("pk").values_list("pk", flat=True)[:limit])


def _settled(line_id: int) -> bool:
    try:
        return settle_line(line_id=line_id)
    except Exception:  # Whatever is wrong with one line is its own: the others go on.
        logger.exception("line %s of a bank statement was not matched", line_id)
        return False


def settle_line(*, line_id: int) -> bool:
    """Decide what one line means and do it; returns False when that has been done. Safe to call twice."""
    with transaction.atomic():
        lines = StatementLine.objects.select_related("file", "account").defer("file__raw").filter(pk=line_id)
        line = lock(lines).get()
        if line.state != LineState.NEW:
            return False
        if plain(line.payer) in {plain(name) for name in line.account.not_buyers.splitlines()} - {""}:
            line.state = LineState.IGNORED
        elif line.direction == Direction.OUT:
            settle_outgoing(line)
        else:
            _settle_incoming(line)
        line.save()
        faultpoint("gateways.statement_line.before_commit")
    return True


def attempts_by_code(texts: Iterable[str]) -> dict[str, list[PaymentAttempt]]:
    """Return, by text, the attempts whose code, or a code of several orders, stands in it. Three queries."""
    return {
        text: [attempt for attempts in found.values() for attempt in attempts]
        for text, found in codes_known(texts).items()
    }


def _settle_incoming(line: StatementLine) -> None:
    codes = codes_known([line.purpose])[line.purpose]
    found = [attempt for attempts in codes.values() for attempt in attempts]
    one_order = len({attempt.record_id for attempt in found}) == 1
    line.reference = next(iter(codes)) if len(codes) == 1 or one_order else ""
    claim = (
        TransferClaim.objects.exclude(state=TransferState.REJECTED)
        .filter(bank_serial=line.serial, booked_on=line.booked_on)
        .first()
    )
    if claim is None:
        claim = _claim_with_a_slip(line)
    if claim is not None:
        _become_evidence(line, claim)
    elif Payment.objects.filter(key=bank_key(line.booked_on, line.serial)).exists():
        _differ(line, DifferenceKind.SERIAL_TAKEN)
    else:
        # A remark that names orders is never overruled by a guess, also where it leaves open which of them.
        _take_for_orders(line, named_orders(found) if found else _orders_by_payer(line))


def _take_for_orders(line: StatementLine, attempts: Sequence[PaymentAttempt]) -> None:
    """Capture the money for the first of the orders and give the others their part, or take it for none.

    Whoever uploaded or confirmed the statement does not match money to an order of their own.
    """
    people = [line.file.imported_by, line.file.confirmed_by]
    if any(attempt.record.buyer_id in people for attempt in attempts):
        attempts = []
    lock_orders(attempts)
    take_line(line, attempts[0] if attempts else None, key=bank_key(line.booked_on, line.serial))
    if len(attempts) > 1 and line.payment is not None and line.file.confirmed_by is not None:
        share_out(
            line.payment,
            attempts[1:],
            proposed_by=line.file.imported_by,
            approved_by=line.file.confirmed_by,
        )


def _claim_with_a_slip(line: StatementLine) -> TransferClaim | None:
    """Return the hand confirmation that means this line though its serial or day was mistyped.

    Same amount, and the same code, or the same payer where one of them has no code. One whose own line has come
    is left to that.
    """
    near = TransferClaim.objects.filter(
        state=TransferState.CONFIRMED,
        fen=line.fen,
        bank_line=None,
        booked_on__range=(line.booked_on - SLIP, line.booked_on + SLIP),
    )
    fits = [claim for claim in near.order_by("pk") if _means(claim, line)]
    keys = [(claim.bank_serial, claim.booked_on) for claim in fits]
    same = Q(pk=None)
    for serial, day in keys:
        same |= Q(serial=serial, booked_on=day)
    own = set(StatementLine.objects.filter(same, direction=Direction.IN).values_list("serial", "booked_on"))
    left = [claim for claim, key in zip(fits, keys, strict=True) if key not in own]
    return min(left, key=lambda claim: abs(claim.booked_on - line.booked_on), default=None)


def _means(claim: TransferClaim, line: StatementLine) -> bool:
    if claim.reference and line.reference:
        return claim.reference == line.reference
    return bool(line.payer) and plain(claim.payer) == plain(line.payer)


def _become_evidence(line: StatementLine, claim: TransferClaim) -> None:
    """Let a line confirm what people entered: nothing is captured a second time."""
    if StatementLine.objects.filter(claim=claim).exists():
        return _differ(line, DifferenceKind.CLAIM_EVIDENCED)
    codes_differ = bool(claim.reference and line.reference and claim.reference != line.reference)
    person = _second_person(line, claim)
    if claim.fen != line.fen or codes_differ or (claim.state == TransferState.PROPOSED and person is None):
        return _differ(line, DifferenceKind.CLAIM_DIFFERS, detail=f"{claim.reference} {claim.bank_serial}")
    # A confirmed claim only gives its payment; the person counts for one that still waited.
    line.payment = take_claim(claim_id=claim.pk, confirmed_by=person or claim.proposed_by)
    _know_account(line)
    line.claim, line.state = claim, LineState.EVIDENCE
    close_difference(key=claim_key(claim.pk), note="")
    return None


def _know_account(line: StatementLine) -> None:
    """Keep the account that the bank's own line names: a refund goes back there and nowhere else.

    Parts that went to other orders came from there too.
    """
    payment = line.payment
    if payment is None or not line.payer_account:
        return
    if not payment.payer_account:
        payment.payer_account = line.payer_account
        payment.save(update_fields=["payer_account"])
    whole = [payment.pk]
    while whole:
        parts = Payment.objects.filter(moved_from__in=whole)
        parts.filter(payer_account="").update(payer_account=payment.payer_account)
        whole = list(parts.values_list("pk", flat=True))


def _second_person(line: StatementLine, claim: TransferClaim) -> int | None:
    """Return who of the statement's two people may confirm what somebody entered: no buyer of any of its orders."""
    barred = {claim.proposed_by, *(attempt.record.buyer_id for attempt in attempts_of(claim))}
    people = (line.file.confirmed_by, line.file.imported_by)
    return next((one for one in people if one is not None and one not in barred), None)


def _orders_by_payer(line: StatementLine) -> list[PaymentAttempt]:
    """Return the orders that this payer's money is for by its sum: of a known unit the one set that fits."""
    units = units_of_payer(line.payer, line.payer_account)
    if len(units) == 1:
        return orders_summing(units.pop(), line.fen)
    attempt = _attempt_by_payer(line)
    return [attempt] if attempt else []


def _attempt_by_payer(line: StatementLine) -> PaymentAttempt | None:
    """Return the one awaited transfer of exactly this sum by somebody of this name.

    A unit's order is expected from the unit, never from the person who receives its goods.
    """
    if not line.payer:
        return None
    person = Q(record__recipient_name=line.payer, record__buyer_kind=RESIDENT)
    unit = Q(record__credited_name=line.payer)
    named = person | (unit & ~Q(record__buyer_kind=RESIDENT)) | Q(record__payments__payer=line.payer)
    waiting = PaymentAttempt.objects.filter(
        named,
        provider=PayMethod.BANK_TRANSFER,
        state=AttemptState.OPEN,
        record__payment_state=PaymentState.UNPAID,
        record__due_fen__gte=line.fen,
    )
    found = waiting.select_related("record").distinct().order_by("pk")[:20]
    exact = [attempt for attempt in found if to_pay_fen(attempt.record) == line.fen]
    return exact[0] if len(exact) == 1 else None


def take_line(
    line: StatementLine, attempt: PaymentAttempt | None, *, key: str, actor_id: int | None = None
) -> None:
    """Capture the money of a locked line, for the order of the attempt or for none; the caller saves the line.

    Whoever uploaded or confirmed the statement does not match money to an order of their own.
    """
    people = [one for one in (line.file.imported_by, actor_id or line.file.confirmed_by) if one is not None]
    if attempt is not None and attempt.record.buyer_id in people:
        attempt = None
    record = attempt.record if attempt else None
    mixed = record is not None and record.demo != line.account.demo
    line.payment = capture(
        money=Money(
            key=key,
            provider=PayMethod.BANK_TRANSFER,
            fen=line.fen,
            captured_at=booked_at(line.booked_on),
            payer=line.payer,
            payer_account=line.payer_account,
            verified_by="+".join(str(one) for one in people),
            demo=line.account.demo,
            held_reason=MoneyAttention.LIVEMODE if mixed else "",
        ),
        record_id=record.pk if record else None,
        attempt_id=attempt.pk if attempt else None,
    )
    line.state = LineState.TAKEN
    if record is None:
        open_difference(
            kind=DifferenceKind.NO_ORDER,
            key=payment_key(line.payment.pk),
            fen=line.fen,
            owner_id=people[-1],
            line=line,
            detail=f"{line.payer} {line.purpose}",
        )


def _differ(line: StatementLine, kind: DifferenceKind, *, detail: str = "") -> None:
    line.state = LineState.DIFFERENCE
    open_difference(
        kind=kind,
        key=f"line:{line.pk}",
        fen=line.fen,
        owner_id=line.file.confirmed_by or line.file.imported_by,
        line=line,
        detail=detail or f"{line.payer} {line.purpose}",
    )


def take_difference(*, difference_id: int, note: str, actor_id: int) -> None:
    """Take a received line that was thought to be known as money of its own; it stands without an order.

    Raises ShopError: same_person (who uploaded the statement), not_money, note_missing, resolved.
    """
    with transaction.atomic():
        difference = close_by_hand(difference_id, note=note, actor_id=actor_id)
        lines = (
            StatementLine.objects.select_related("file", "account")
            .defer("file__raw")
            .filter(differences=difference)
        )
        line = lock(lines).first()
        if line is None or line.direction != Direction.IN or line.state != LineState.DIFFERENCE:
            raise ShopError(_("This is not a received line that waits."), code="not_money")
        if line.file.imported_by == actor_id:
            raise ShopError(
                _("You uploaded this statement yourself. Another person must take its money."),
                code="same_person",
            )
        take_line(
            line, None, key=f"bank:{line.account_id}:{line.booked_on:%Y%m%d}:{line.serial}", actor_id=actor_id
        )
        line.save()
