"""A resident's order, step by step. Every step looks at what is there, so that it may be taken again."""

import datetime as dt
from collections.abc import Callable

from catalog_seed import demo_orders
from catalog_seed.history.plan import Course, Sale
from catalog_seed.history.world import Step, World
from shop.accounts.scope import SYSTEM
from shop.fulfilment import services as fulfilment
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.returns import services as returns
from shop.fulfilment.returns.models import ReturnKind, ReturnReason, ReturnRequest, ReturnState
from shop.gateways import services as gateways
from shop.listings.return_terms import frozen_terms
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import CloseReason, PaymentState, PayMethod

Act = Callable[[World, Sale, OrderRecord], bool]
_MINUTE, _HOUR, _DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
#: So long a supplier's clock waits after the signature, and a little more.
_BY_CLOCK = 7 * _DAY + _HOUR
NOTE = "演示：请退回供应商仓库"


def steps_of_sale(world: World, sale: Sale) -> list[Step]:
    """Return what happens to a resident's order, in order."""

    def step(at: dt.datetime, act: Act) -> Step:
        return Step(at, lambda: act(world, sale, world.record(sale.name)))

    placed = Step(sale.placed_at, lambda: _place(world, sale))
    if sale.course == Course.CANCELLED:
        return [placed, step(sale.placed_at + 10 * _MINUTE, _cancel)]
    if sale.course == Course.EXPIRED:
        return [placed, step(sale.placed_at + _DAY, _expire)]
    paid = [placed, step(sale.placed_at + (3 + sale.number % 20) * _MINUTE, _pay)]
    if sale.course == Course.REFUNDED_BEFORE:
        return [*paid, step(sale.placed_at + 8 * _HOUR, _refund_whole)]
    ship, sign, receive = (hours * _HOUR for hours in sale.hours)
    signed_at = sale.placed_at + ship + sign
    sent = [*paid, step(sale.placed_at + ship, _ship), step(signed_at, _sign)]
    if sale.course == Course.BY_CLOCK:
        return [*sent, step(signed_at + _BY_CLOCK, _receive_by_clock)]
    if sale.course == Course.RETURNED:
        return [*sent, step(signed_at + _HOUR, _receive), *_return_steps(step, signed_at)]
    received = [*sent, step(signed_at + receive, _receive)]
    if sale.course == Course.REFUNDED_AFTER:
        asked = signed_at + receive + _DAY
        return [*received, step(asked, _ask_for_unit), step(asked + _DAY, _approve_refund)]
    return received


def _return_steps(step: Callable[[dt.datetime, Act], Step], signed_at: dt.datetime) -> list[Step]:
    opened = signed_at + 20 * _HOUR
    return [
        step(opened, _open_return),
        step(opened + _DAY, _agree),
        step(opened + 2 * _DAY, _send_back),
        step(opened + 6 * _DAY, _take_back),
    ]


def _place(world: World, sale: Sale) -> bool:
    if sale.name in world.orders:
        return False
    record = demo_orders.place(
        lines=sale.lines,
        recipient=sale.recipient,
        buyer=None if sale.by_guest else world.cast.resident,
        method=PayMethod.DEMO,
        mark=sale.name,
    )
    world.orders[sale.name] = record.pk
    return True


def _cancel(world: World, sale: Sale, record: OrderRecord) -> bool:
    if record.payment_state == PaymentState.CLOSED:
        return False
    return gateways.close_order(record_id=record.pk, reason=CloseReason.BUYER, actor_id=record.buyer_id)


def _expire(world: World, sale: Sale, record: OrderRecord) -> bool:
    return record.payment_state != PaymentState.CLOSED and bool(gateways.expire_due_orders())


def _pay(world: World, sale: Sale, record: OrderRecord) -> bool:
    if record.payment_state == PaymentState.PAID:
        return False
    demo_orders.begin_to_pay(record, PayMethod.DEMO)
    return True


def _refund_whole(world: World, sale: Sale, record: OrderRecord) -> bool:
    if record.refunded_fen:
        return False
    if not RefundRequest.objects.filter(record=record).exists():
        ordering.request_refund(
            record_id=record.pk,
            whole=True,
            unshipped_only=True,
            by_buyer=True,
            reason="演示退款：不想要了",
            actor_id=record.buyer_id,
        )
    return True


def _ship(world: World, sale: Sale, record: OrderRecord) -> bool:
    def number(order: SupplierOrder) -> str:
        return sale.tracking_number(order.supplier.code)

    return bool(demo_orders.ship_all(record, number))


def _sign(world: World, sale: Sale, record: OrderRecord) -> bool:
    return bool(demo_orders.sign_all(record))


def _receive(world: World, sale: Sale, record: OrderRecord) -> bool:
    return bool(fulfilment.confirm_receipt(record_id=record.pk, actor_id=record.buyer_id))


def _receive_by_clock(world: World, sale: Sale, record: OrderRecord) -> bool:
    return record.fulfilment_state != "received" and bool(fulfilment.confirm_due_receipts())


def _ask_for_unit(world: World, sale: Sale, record: OrderRecord) -> bool:
    return demo_orders.ask_for_unit(record)


def _approve_refund(world: World, sale: Sale, record: OrderRecord) -> bool:
    if record.refunded_fen:
        return False
    demo_orders.approve_wishes(record, world.cast.reviewer)
    return True


def _case(record: OrderRecord) -> ReturnRequest | None:
    return ReturnRequest.objects.filter(supplier_order__record=record).first()


def _open_return(world: World, sale: Sale, record: OrderRecord) -> bool:
    """Ask about one unit of the first line: it goes back, where that is promised, else it was missing."""
    if _case(record) is not None:
        return False
    share = record.shares.order_by("number")[0]
    goes_back = frozen_terms(share.return_terms).no_reason_days > 1
    order = record.supplier_orders.get(supplier_id=share.supplier_id)
    claim = returns.Claim(
        kind=ReturnKind.RETURN_REFUND if goes_back else ReturnKind.REFUND_ONLY,
        reason=ReturnReason.CHANGED_MIND if goes_back else ReturnReason.MISSING,
        units_by_share={share.pk: 1},
        form_key=sale.name,
    )
    returns.open_return(
        record_id=record.pk, supplier_order_id=order.pk, claim=claim, actor_id=record.buyer_id
    )
    return True


def _agree(world: World, sale: Sale, record: OrderRecord) -> bool:
    case = _case(record)
    if case is None or (case.state != ReturnState.REQUESTED and (case.goods_back or record.refunded_fen)):
        return False
    if case.state == ReturnState.REQUESTED:
        returns.agree_return(scope=SYSTEM, case_id=case.pk, actor_id=world.cast.teller.pk, note=NOTE)
    return True


def _send_back(world: World, sale: Sale, record: OrderRecord) -> bool:
    case = _case(record)
    if case is None or not case.waits_for_goods:
        return False
    number = f"9{sale.placed_at:%y%m%d}{sale.number:04d}01"
    returns.send_goods_back(
        case_id=case.pk, courier="邮政EMS", tracking_number=number, actor_id=record.buyer_id
    )
    return True


def _take_back(world: World, sale: Sale, record: OrderRecord) -> bool:
    case = _case(record)
    if case is None or not case.goods_back or record.refunded_fen:
        return False
    if case.state == ReturnState.SENT_BACK:
        good = {item.share_id: item.units for item in case.items.all()}
        returns.receive_goods_back(
            scope=SYSTEM, case_id=case.pk, good_units=good, note="", actor_id=world.cast.teller.pk
        )
    return True
