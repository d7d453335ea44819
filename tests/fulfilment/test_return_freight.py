"""Freight inside a claim: the part that belongs to the goods, held and capped to the fen, decided by the shop."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shop.accounts.scope import SYSTEM
from shop.core.states import WrongMove
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.returns import services
from shop.fulfilment.returns.freight import freight_worth
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.selectors import returns_to_decide
from shop.ordering import services as ordering
from shop.ordering.models import ChargeShare, LineShare, RefundRequest
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, place_paid
from tests.fulfilment.cast import open_supplier_orders, suppliers
from tests.fulfilment.returns_cast import BUYER, SECOND_STAFF, STAFF, SUPPLIER, TEA_CO, photo, sign
from tests.fulfilment.test_returns import refused

pytestmark = [pytest.mark.django_db, pytest.mark.data]
FREIGHT = 1_000


@pytest.fixture
def order() -> SupplierOrder:
    """Return three teas of 100.00 yuan, delivered, with 10.00 yuan of freight."""
    tea_co, _pear_co = suppliers()
    tea = make_product(
        supplier=tea_co, sku="tea", name_zh="黄茶", price_fen=10_000, stock=50, freight_free=False
    )
    record = place_paid(lines=[(tea, 3)])
    charge = record.charges.get()
    ChargeShare.objects.filter(pk=charge.pk).update(fen=FREIGHT)
    open_supplier_orders(record)
    found = record.supplier_orders.get()
    sign(found)
    return found


def ask(order: SupplierOrder, units: int = 1, **fields: Any) -> ReturnRequest:
    share = LineShare.objects.get(record=order.record)
    values: dict[str, Any] = {
        "kind": "refund_only",
        "reason": "damaged",
        "freight": True,
        "photos": [photo()],
    }
    claim = services.Claim(units_by_share={share.pk: units}, **values | fields)
    return services.open_return(
        record_id=order.record_id, supplier_order_id=order.pk, claim=claim, actor_id=BUYER
    )


def agree(case: ReturnRequest) -> ReturnRequest:
    return services.agree_return(scope=TEA_CO, case_id=case.pk, note="木门镇1号", actor_id=SUPPLIER)


def decide(case: ReturnRequest, granted: bool = True, actor_id: int = STAFF) -> ReturnRequest:
    return services.decide_freight(case_id=case.pk, granted=granted, note="运费退回", actor_id=actor_id)


def held() -> tuple[int, int]:
    """Return the freight being refunded, and the freight refunded."""
    charge = ChargeShare.objects.get()
    return charge.refunding_fen, charge.refunded_fen


def test_the_part_of_the_freight_is_held_with_the_goods_and_waits_for_the_shop(order: SupplierOrder) -> None:
    case = ask(order)
    assert (case.fen, case.freight_fen, case.freight_state) == (10_000, 333, "asked")
    assert held() == (333, 0)
    assert not returns_to_decide(SYSTEM).exists()
    agree(case)
    # The goods' money goes, the freight waits.
    assert list(RefundRequest.objects.order_by("fen").values_list("fen", "approved_by")) == [
        (333, None),
        (10_000, SUPPLIER),
    ]
    assert list(returns_to_decide(SYSTEM)) == [case]
    for _ in range(2):
        decided = decide(case)
    assert (decided.freight_state, decided.state) == ("granted", "agreed")
    freight = RefundRequest.objects.get(fen=333)
    assert freight.approved_by == STAFF
    ordering.record_refund_result(request_id=freight.pk, ok=True, parts=[("demo:x", 333)])
    assert held() == (0, 333)
    assert not returns_to_decide(SYSTEM).exists()
    with pytest.raises(WrongMove):
        decide(case, granted=False)


def test_the_parts_of_several_cases_add_up_to_the_freight(order: SupplierOrder) -> None:
    assert [ask(order).freight_fen for _ in range(3)] == [333, 333, 334]
    assert held() == (1_000, 0)
    assert freight_worth(order, 10_000) == 0


def test_a_lower_price_has_its_part_and_all_of_the_goods_have_all_of_it(order: SupplierOrder) -> None:
    assert freight_worth(order, 30_000) == FREIGHT
    assert ask(order, amount_fen=3_000).freight_fen == 100
    assert ask(order, 3).freight_fen == FREIGHT - 100


def test_what_the_desk_has_given_back_is_not_given_back_again(order: SupplierOrder) -> None:
    charge = ChargeShare.objects.get()
    ordering.request_refund(
        record_id=order.record_id,
        portions=[ordering.ChargeOf(charge.pk, 900)],
        reason="晚到",
        actor_id=STAFF,
    )
    assert ask(order).freight_fen == 100
    assert refused(partial(ask, order)).code == "freight"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "replace"},
        {"reason": "missing"},
        {"reason": "changed_mind", "kind": "return_refund"},
    ],
)
def test_freight_is_for_what_the_supplier_has_to_answer_for(
    order: SupplierOrder, fields: dict[str, Any]
) -> None:
    answer = refused(partial(ask, order, **fields))
    assert (answer.code, answer.field) == ("freight", "freight")
    assert held() == (0, 0)


def test_goods_free_of_freight_have_none(order: SupplierOrder) -> None:
    ChargeShare.objects.all().delete()
    assert refused(partial(ask, order)).code == "freight"


def test_the_shop_may_refuse_the_freight_alone(order: SupplierOrder) -> None:
    case = agree(ask(order))
    assert refused(
        lambda: services.decide_freight(case_id=case.pk, granted=False, note=" ", actor_id=STAFF)
    ).code == ("required")
    assert refused(lambda: decide(case, actor_id=BUYER)).code == "four_eyes"
    decide(case, granted=False)
    assert held() == (0, 0)
    assert case.refund is not None
    case.refund.refresh_from_db()
    assert case.refund.state == "requested"
    told = OutboxMessage.objects.get(topic="return.freight_decided")
    assert (told.payload["freight"], told.payload["fen"], told.payload["note"]) == (
        "refused",
        333,
        "运费退回",
    )
    with pytest.raises(WrongMove):
        decide(case, actor_id=SECOND_STAFF)


def test_the_goods_are_decided_before_the_freight(order: SupplierOrder) -> None:
    case = ask(order, kind="return_refund")
    assert refused(lambda: decide(case)).code == "goods_first"
    agree(case)
    # Agreed, but they may never come back.
    assert refused(lambda: decide(case)).code == "goods_first"
    services.send_goods_back(
        case_id=case.pk, courier="邮政EMS", tracking_number="EA123456789CN", actor_id=BUYER
    )
    services.receive_goods_back(scope=TEA_CO, case_id=case.pk, good_units={}, note="", actor_id=SUPPLIER)
    assert decide(case).freight_state == "granted"


def test_a_case_that_ends_without_money_lets_the_freight_go_and_the_shop_holds_it_again(
    order: SupplierOrder,
) -> None:
    case = ask(order)
    services.refuse_return(scope=TEA_CO, case_id=case.pk, note="包装完好", actor_id=SUPPLIER)
    assert held() == (0, 0)
    services.escalate_return(case_id=case.pk, by=services.By.BUYER, note="有照片", actor_id=BUYER)
    assert held() == (333, 0)
    services.decide_return(case_id=case.pk, decision=services.Decision.AGREE, note="照片清楚", actor_id=STAFF)
    assert decide(case).freight_state == "granted"
    other = ask(order)
    services.withdraw_return(case_id=other.pk, actor_id=BUYER)
    assert held() == (333, 0)


def test_the_database_knows_no_freight_without_a_state(order: SupplierOrder) -> None:
    case = ask(order, freight=False)
    for columns in ({"freight_fen": 5}, {"freight_state": "asked"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReturnRequest.objects.filter(pk=case.pk).update(**columns)
