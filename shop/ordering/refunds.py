"""Send money back: the request holds the caps, gateways executes, the result is recorded here."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.coupons.services import give_back_coupon
from shop.ordering import stock
from shop.ordering.exceptions import RefundRefused, WrongState
from shop.ordering.models import Allocation, ChargeShare, LineShare, OrderRecord, RefundItem, RefundRequest
from shop.ordering.numbers import new_refund_number
from shop.ordering.payloads import item_payload, refund_payload
from shop.ordering.portions import Book, Portion, Taken
from shop.ordering.shelf import units_on_shelf
from shop.ordering.status import PaymentState, RefundState, Step
from shop.ordering.transitions import REFUND, require, save_columns, write_step
from shop.outbox.services import append


def request_refund(
    *,
    record_id: int,
    portions: Sequence[Portion] = (),
    whole: bool = False,
    unshipped_only: bool = False,
    by_buyer: bool = False,
    to_decide: bool = False,
    of_return: str = "",
    reason: str,
    actor_id: int | None,
) -> RefundRequest:
    """Ask for money back: `whole` takes all that is left of goods and charges, else the portions.

    The row lock and the CHECKs keep Σ reduced, refunding and refunded ≤ what the share was. Unshipped
    units are taken first and reserved, so they can no longer be shipped; `unshipped_only` (a buyer's
    cancellation) refuses when some units have left. A supplier that has shipped nothing and is left with
    nothing to ship gives its freight back too. Emits `refund.requested`; gateways executes it, once it is
    approved: at once, but for a buyer's wish (`by_buyer`) about goods that have left, which staff decide,
    and for what is asked `to_decide` by another person, or by an after-sales case (`of_return`, its number).
    Two calls are two requests, the second bounded by what the first left. Raises WrongState when the
    order is not paid, RefundRefused when a portion is more than is left.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.payment_state != PaymentState.PAID:
            raise WrongState(what="payment", old=record.payment_state, new="refund")
        book = Book(record)
        taken = book.take_everything() if whole else _with_freight(record, book, portions)
        unshipped = _reserve(record, taken)
        have_left = any(item.units > unshipped.get(id(item), 0) for item in taken)
        if unshipped_only and have_left:
            raise RefundRefused(
                _("Some of these goods have been shipped meanwhile. Please reload the page."),
                code="shipped",
            )
        to_decide = to_decide or bool(of_return) or (by_buyer and have_left)
        request = _write_request(
            record,
            taken,
            unshipped,
            reason=reason,
            actor_id=actor_id,
            approved=not to_decide,
            of_return=of_return,
        )
        faultpoint("ordering.refund_requested.before_commit")
    return request


def approve_refund(*, request_id: int, actor_id: int, of_return: str = "") -> bool:
    """Let a buyer's wish about shipped goods go to execution; emits `refund.approved`.

    Returns False, and changes nothing, when it is approved, withdrawn or finished already. Refusing it is
    `withdraw_refund`. Raises RefundRefused when the buyer decides about their own wish (four_eyes), or another than
    the after-sales case that holds it (of_return).
    """
    with transaction.atomic():
        record, request = _locked(request_id)
        if request.state != RefundState.REQUESTED or request.approved_at is not None:
            return False
        _require_owner(request, of_return)
        if request.requested_by == actor_id:
            raise RefundRefused(_("Somebody else must decide about your own request."), code="four_eyes")
        request.approved_by, request.approved_at = actor_id, clock.now()
        request.save(update_fields=["approved_by", "approved_at"])
        write_step(record, Step.REFUND_APPROVED, actor_id=actor_id, after={"refund": request.number})
        append(
            topic="refund.approved",
            stream=record.number,
            payload=refund_payload(record, request, _items(request)),
        )
    return True


def begin_refund(*, request_id: int) -> bool:
    """Tell that money may be on its way from now on, so the request cannot be withdrawn any more.

    gateways calls it before it asks a provider. Returns False when there is nothing to execute
    (withdrawn or finished); safe to call twice.
    """
    with transaction.atomic():
        _record, request = _locked(request_id)
        if request.state != RefundState.REQUESTED:
            return False
        if request.executing_at is None:
            request.executing_at = clock.now()
            request.save(update_fields=["executing_at"])
    return True


def record_refund_result(
    *, request_id: int, ok: bool, parts: Sequence[tuple[str, int]] = (), reason: str = ""
) -> RefundRequest:
    """Write down what became of a refund; call it in the transaction that writes the money's own row.

    `parts` are (payment_key, fen) and add up to the request when `ok`; they are matched to the items in
    order. Executed: shares, charges and order count it as refunded, reserved unshipped units are for
    sale again, the coupon goes back when all money has, `refund.executed` goes out.
    Failed: everything is given back, `refund.failed` goes out.
    Safe to call again with the same result. Raises WrongState for another one, ValueError for parts
    that do not add up.
    """
    new = RefundState.EXECUTED if ok else RefundState.FAILED
    with transaction.atomic():
        record, request = _locked(request_id)
        if request.state == new:
            return request
        require(REFUND, what="refund", old=request.state, new=new)
        items = _items(request)
        if ok:
            _execute(record, request, items, parts)
        else:
            _give_back(record, request, items, new=new, step=Step.REFUND_FAILED, reason=reason)
        faultpoint("ordering.refund_result.before_commit")
    return request


def withdraw_refund(
    *, request_id: int, reason: str, actor_id: int | None, of_return: str = ""
) -> RefundRequest:
    """Take a request back before money moves; emits `refund.failed`, as nothing will come of it.

    Safe to call twice. Raises WrongState when it is finished or being executed, RefundRefused (of_return) for another
    than the after-sales case that holds it.
    """
    with transaction.atomic():
        record, request = _locked(request_id)
        if request.state == RefundState.WITHDRAWN:
            return request
        _require_owner(request, of_return)
        if request.executing_at is not None:
            raise WrongState(what="refund", old="executing", new=RefundState.WITHDRAWN)
        require(REFUND, what="refund", old=request.state, new=RefundState.WITHDRAWN)
        _give_back(
            record,
            request,
            _items(request),
            new=RefundState.WITHDRAWN,
            step=Step.REFUND_WITHDRAWN,
            reason=reason,
            actor_id=actor_id,
        )
    return request


def _require_owner(request: RefundRequest, of_return: str) -> None:
    if request.of_return != of_return:
        raise RefundRefused(
            _("This refund belongs to after-sales case %(number)s and is decided there.")
            % {"number": request.of_return or "—"},
            code="of_return",
        )


def _locked(request_id: int) -> tuple[OrderRecord, RefundRequest]:
    """Lock the order first, as everyone does, then read the request under its lock."""
    record_id = RefundRequest.objects.values_list("record_id", flat=True).get(pk=request_id)
    record = lock(OrderRecord.objects.filter(pk=record_id)).get()
    return record, RefundRequest.objects.get(pk=request_id)


def _items(request: RefundRequest) -> list[RefundItem]:
    return list(request.items.select_related("share", "charge").order_by("pk"))


def _with_freight(record: OrderRecord, book: Book, portions: Sequence[Portion]) -> list[Taken]:
    """Take the portions, and the freight of suppliers that now ship nothing of the order and never did."""
    taken = {id(item): item for item in book.take(portions)}
    allocations = Allocation.objects.filter(line__order_id=record.order_id, consumed__gt=0)
    begun = set(allocations.values_list("line__shares__supplier_id", flat=True))
    return list((taken | {id(item): item for item in book.take_bare_charges(except_of=begun)}).values())


def _reserve(record: OrderRecord, taken: Sequence[Taken]) -> dict[int, int]:
    """Return by item how many of its units are still unshipped and not reserved by another request."""
    reserved = stock.units_reserved_for_refunds(record)
    free = {line_id: held - reserved.get(line_id, 0) for line_id, held in units_on_shelf(record).items()}
    unshipped: dict[int, int] = {}
    for item in taken:
        if isinstance(item.target, LineShare) and item.units:
            most = item.units - item.shipped_units
            unshipped[id(item)] = min(most, free.get(item.target.line_id, 0))
            free[item.target.line_id] = free.get(item.target.line_id, 0) - unshipped[id(item)]
    return unshipped


def _write_request(
    record: OrderRecord,
    taken: Sequence[Taken],
    unshipped: Mapping[int, int],
    *,
    reason: str,
    actor_id: int | None,
    approved: bool,
    of_return: str,
) -> RefundRequest:
    now = clock.now()
    request = RefundRequest.objects.create(
        record=record,
        number=new_refund_number(record),
        fen=sum(item.fen for item in taken),
        reason=reason,
        of_return=of_return,
        requested_by=actor_id,
        requested_at=now,
        approved_at=now if approved else None,
    )
    items = []
    for item in taken:
        items.append(
            RefundItem.objects.create(
                request=request,
                share=item.target if isinstance(item.target, LineShare) else None,
                charge=item.target if isinstance(item.target, ChargeShare) else None,
                units=item.units,
                unshipped_units=unshipped.get(id(item), 0),
                accepted_units=_accepted(item),
                fen=item.fen,
            )
        )
        _count(items[-1], refunding=1)
    write_step(
        record,
        Step.REFUND_REQUESTED,
        actor_id=actor_id,
        after={"refund": request.number, "fen": request.fen},
        reason=reason,
    )
    append(
        topic="refund.requested",
        stream=record.number,
        payload=refund_payload(record, request, items),
        occurred_at=now,
    )
    return request


def _accepted(item: Taken) -> int:
    """Return how many of the units taken were accepted: those that were not go first, as in the ledger."""
    share = item.target
    if not isinstance(share, LineShare):
        return 0
    return max(0, item.units - (share.left_units - share.accepted_units))


def _count(item: RefundItem, *, refunding: int, refunded: int = 0) -> None:
    """Add the item to (1) or take it off (-1) the columns of its share or charge."""
    target = item.target
    columns: dict[str, Any] = {
        "refunding_fen": target.refunding_fen + refunding * item.fen,
        "refunded_fen": target.refunded_fen + refunded * item.fen,
    }
    if isinstance(target, LineShare):
        columns["refunding_units"] = target.refunding_units + refunding * item.units
        columns["refunded_units"] = target.refunded_units + refunded * item.units
        columns["accepted_units"] = target.accepted_units - (refunding + refunded) * item.accepted_units
    for name, value in columns.items():
        setattr(target, name, value)
    target.save(update_fields=list(columns))


def _execute(
    record: OrderRecord, request: RefundRequest, items: Sequence[RefundItem], parts: Sequence[tuple[str, int]]
) -> None:
    per_item = match_parts([item.fen for item in items], parts)
    _finish(request, RefundState.EXECUTED)
    freed: dict[int, int] = defaultdict(int)
    for item in items:
        _count(item, refunding=-1, refunded=1)
        if item.share is not None and item.unshipped_units:
            freed[item.share.line_id] += item.unshipped_units
    if freed:
        stock.release_allocation(line_units=freed)
    save_columns(record, refunded_fen=record.refunded_fen + request.fen)
    complete = record.refunded_fen == record.paid_fen
    if complete and record.discount_fen:
        give_back_coupon(order_number=record.number)
    write_step(record, Step.REFUND_EXECUTED, after={"refund": request.number, "fen": request.fen})
    payload = refund_payload(record, request, items)
    payload["items"] = [
        item_payload(item.target.source_key, item.units, item.fen)
        | {"parts": [{"payment_key": key, "fen": amount} for key, amount in of_item]}
        for item, of_item in zip(items, per_item, strict=True)
    ]
    payload["unshipped"] = {str(line_id): units for line_id, units in freed.items()}
    payload["complete"] = complete
    append(topic="refund.executed", stream=record.number, payload=payload, occurred_at=request.finished_at)


def _give_back(
    record: OrderRecord,
    request: RefundRequest,
    items: Sequence[RefundItem],
    *,
    new: RefundState,
    step: Step,
    reason: str,
    actor_id: int | None = None,
) -> None:
    _finish(request, new)
    for item in items:
        _count(item, refunding=-1)
    write_step(record, step, actor_id=actor_id, after={"refund": request.number}, reason=reason)
    append(
        topic="refund.failed",
        stream=record.number,
        payload=refund_payload(record, request, items) | {"withdrawn": new == RefundState.WITHDRAWN},
        occurred_at=request.finished_at,
    )


def _finish(request: RefundRequest, state: RefundState) -> None:
    request.state, request.finished_at = state, clock.now()
    request.save(update_fields=["state", "finished_at"])


def match_parts(amounts: Sequence[int], parts: Sequence[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    """Return for each amount the parts that make it up, both in their order.

    Raises ValueError when they do not add up to the same fen.
    """
    if sum(amounts) != sum(amount for _key, amount in parts) or any(amount < 1 for _key, amount in parts):
        raise ValueError(f"parts {list(parts)} do not add up to {sum(amounts)} fen")
    left = deque(parts)
    matched: list[list[tuple[str, int]]] = []
    for amount in amounts:
        of_item: list[tuple[str, int]] = []
        missing = amount
        while missing:
            key, rest = left.popleft()
            taken = min(missing, rest)
            of_item.append((key, taken))
            missing -= taken
            if rest > taken:
                left.appendleft((key, rest - taken))
        matched.append(of_item)
    return matched
