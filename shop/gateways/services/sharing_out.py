"""One transfer for several orders of a unit: the oldest takes the money, the others get what they are due of it.

The parts are moves of surplus, approved by the two people who vouch for the transfer: books and settlement follow as
they follow any other move.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

from django.db.models import Q
from django.utils.translation import gettext as _

from shop.buyers.units import RESIDENT
from shop.core.locks import lock
from shop.gateways.models import AttemptState, Payment, PaymentAttempt, TransferClaim, TransferState
from shop.gateways.payer_models import TransferBundle
from shop.gateways.providers import bank_transfer
from shop.gateways.services.moves import approve_move, propose_move
from shop.gateways.services.unapplied import to_pay_of, unapplied_money, unapplied_rest
from shop.ordering.models import OrderRecord
from shop.ordering.status import Attention, PaymentState, PayMethod
from shop.ordering.transitions import call_attention

#: So many orders at most are found by their sum, among so many that wait: more would be guessing.
MOST_ORDERS = 8
_MOST_WAITING = 16


def codes_known(texts: Iterable[str]) -> dict[str, dict[str, list[PaymentAttempt]]]:
    """Return, by text and code in it, the attempts that the code stands for: one, or a bundle's. Three queries."""
    codes = {text: bank_transfer.codes_in(text) for text in texts}
    wanted = {code for found in codes.values() for code in found}
    attempts = PaymentAttempt.objects.filter(provider=PayMethod.BANK_TRANSFER, reference__in=wanted)
    known = {attempt.reference: [attempt] for attempt in attempts.select_related("record")}
    bundles = TransferBundle.objects.filter(reference__in=wanted).prefetch_related("attempts__record")
    known |= {bundle.reference: list(bundle.attempts.all()) for bundle in bundles}
    return {text: {code: known[code] for code in found if code in known} for text, found in codes.items()}


def named_orders(found: Iterable[PaymentAttempt]) -> list[PaymentAttempt]:
    """Return those of the attempts named by a remark that its money is for: first what waits for it, oldest first.

    A single order takes it as ever, paid or not. Several share it where all are one unit's. Orders that were not paid
    in time come after those that still wait; what is paid or was called off takes no part, unless all are: then a
    paid one has it as surplus, or the oldest as late money. Otherwise nobody can say: none.
    """
    by_record = {one.record_id: one for one in reversed(list(found))}
    several = sorted(by_record.values(), key=lambda one: (one.record.placed_at, one.record_id))
    if len(several) < 2:
        return several
    whose = {(one.record.credited_organisation, one.record.demo) for one in several}
    if len(whose) > 1 or not all(one.record.by_acceptance for one in several):
        return []
    taking = [one for one in several if one.record.takes_money]
    taking.sort(key=lambda one: one.record.payment_state == PaymentState.CLOSED)
    paid = [one for one in several if one.record.payment_state == PaymentState.PAID]
    return taking or paid[:1] or several[:1]


def orders_summing(organisation_code: str, fen: int) -> list[PaymentAttempt]:
    """Return the one set of a unit's awaited transfers that is exactly this sum; none where there are several."""
    attempts = PaymentAttempt.objects.filter(
        provider=PayMethod.BANK_TRANSFER,
        state=AttemptState.OPEN,
        record__payment_state=PaymentState.UNPAID,
        record__credited_organisation=organisation_code,
    ).exclude(record__buyer_kind=RESIDENT)
    waiting = list(
        attempts.select_related("record").order_by("record__placed_at", "record_id")[: _MOST_WAITING + 1]
    )
    if len(waiting) > _MOST_WAITING:
        return []
    due = to_pay_of([one.record for one in waiting])
    found: list[PaymentAttempt] = []
    for size in range(1, min(MOST_ORDERS, len(waiting)) + 1):
        for chosen in combinations(waiting, size):
            if sum(due[one.record_id] for one in chosen) != fen:
                continue
            if found:
                return []
            found = list(chosen)
    return found


def orders_seen_at_the_bank() -> Q:
    """Return which orders a transfer that somebody entered waits for, by their own code or one of several orders."""
    seen = TransferClaim.objects.filter(state=TransferState.PROPOSED, attempt__isnull=False)
    bundled = PaymentAttempt.objects.filter(bundles__reference__in=seen.values("reference"))
    return Q(pk__in=seen.values("attempt__record")) | Q(pk__in=bundled.values("record"))


def lock_orders(attempts: Sequence[PaymentAttempt]) -> None:
    """Lock all the orders in one sequence, before any of them takes money."""
    ids = [one.record_id for one in attempts]
    list(lock(OrderRecord.objects.filter(pk__in=ids).order_by("pk")))


def share_out(
    payment: Payment, others: Sequence[PaymentAttempt], *, proposed_by: int, approved_by: int
) -> None:
    """Give each of the other orders what it is due of the payment's rest, as far as it goes.

    Call it in the transaction that captured the payment, with the orders locked. What is left over stays with the
    first order, as its own part does where that order could not take it. An order that expired gets its whole sum
    or nothing; one that was paid or called off meanwhile gets none. Held money is not shared.
    """
    if payment.record_id is None or payment.held_reason:
        return
    first = OrderRecord.objects.get(pk=payment.record_id)
    kept = 0 if first.payment_state == PaymentState.PAID else first.due_fen
    for attempt in others:
        payment.refresh_from_db()
        record = OrderRecord.objects.get(pk=attempt.record_id)
        due = to_pay_of([record])[record.pk]
        wanted = min(due, unapplied_rest(payment) - kept)
        is_late = record.payment_state == PaymentState.CLOSED
        if wanted <= 0 or not record.takes_money or (is_late and wanted < due):
            continue
        move = propose_move(
            payment_id=payment.pk,
            order_number=record.number,
            proposed_by=proposed_by,
            reason=_("One transfer for several orders"),
            fen=wanted,
        )
        approve_move(move_id=move.pk, approved_by=approved_by)
    left = unapplied_money(first.pk)
    # Money that came before this payment may be left over too.
    if first.attention == Attention.SURPLUS and left.free_fen + left.held_fen == 0:
        call_attention(first, "")
