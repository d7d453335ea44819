"""An organisation's order: its pool, its dimensions, shipping on terms, acceptance and its ends."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shop.accounts.models import Role
from shop.accounts.scope import own_scope, scope_of
from shop.buyers.selectors import buying_unit
from shop.buyers.services import end_terms, suspend_organisation
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt
from shop.ordering import services as ordering
from shop.ordering.desk_models import Acceptance
from shop.ordering.invariants import violations
from shop.ordering.models import Allocation, LineShare, OrderRecord, StockBalance
from shop.ordering.quote_parts import MAX_UNITS
from shop.ordering.quotes import quote_basket
from shop.ordering.selectors import order_for_owner, orders, orders_past_hold
from shop.ordering.services import open_terms_fen
from shop.outbox.models import OutboxMessage
from tests.factories import (
    make_basket,
    make_bulk_stock,
    make_organisation,
    make_price_tier,
    make_product,
    make_terms,
    make_user,
    pay,
    place,
    place_union,
)

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def on_terms(quantity: int = 10, *, limit_fen: int = 1_000_000, **fields: Any) -> OrderRecord:
    """Return an unpaid order of a union over teas at 33.33 yuan; 100 lie in the bulk pool, 5 in retail."""
    tea = make_product(price_fen=3_333, stock=5)
    make_bulk_stock(product=tea, units=100)
    organisation = make_organisation()
    if not organisation.terms.exists():
        make_terms(organisation=organisation, limit_fen=limit_fen)
    return place_union(lines=[(tea, quantity)], organisation=organisation, **fields)


def released(quantity: int = 10, **fields: Any) -> OrderRecord:
    record = on_terms(quantity, **fields)
    ordering.release_on_terms(record_id=record.pk, approved_by=4)
    record.refresh_from_db()
    return record


def ship(record: OrderRecord, units: int) -> None:
    ordering.consume_allocation(line_units={share_of(record).line_id: units})


def share_of(record: OrderRecord) -> LineShare:
    return record.shares.get()


def stock() -> dict[str, tuple[int, int]]:
    rows = StockBalance.objects.values_list("pool", "on_hand", "allocated")
    return {pool: (on_hand, allocated) for pool, on_hand, allocated in rows if on_hand or allocated}


def accept(record: OrderRecord, units: int, report: str = "AR-1") -> Acceptance:
    items = [(share_of(record).line_id, units)]
    return ordering.accept_units(record_id=record.pk, items=items, report_number=report, actor_id=4)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(ShopError) as error:
        act()
    return error.value.code


def topics() -> list[str]:
    return list(OutboxMessage.objects.order_by("pk").values_list("topic", flat=True))


# Placing


def test_bulk_and_retail_never_starve_each_other() -> None:
    record = on_terms(100)
    assert stock() == {"retail": (5, 0), "bulk": (100, 100)}
    tea = record.shares.get().line.product
    assert refused(lambda: on_terms(1)) == "out_of_stock"
    place(lines=[(tea, 5)])
    assert refused(lambda: place(lines=[(tea, 1)])) == "out_of_stock"
    assert stock() == {"retail": (5, 5), "bulk": (100, 100)}
    stockrecord = tea.stockrecords.get()
    assert (stockrecord.num_in_stock, stockrecord.num_allocated) == (5, 5)
    assert violations() == []


def test_a_bulk_quote_takes_tiers_and_more_units_of_its_own_pool() -> None:
    tea = make_product(price_fen=3_333, stock=MAX_UNITS)
    make_price_tier(product=tea, min_quantity=500, price_fen=3_000)
    make_bulk_stock(product=tea, units=2_000)
    basket = make_basket(lines=[(tea, 1_500)])
    retail = quote_basket(basket=basket, province="浙江省")
    assert {problem.code for problem in retail.blocking} == {"too_many", "out_of_stock"}
    bulk = quote_basket(basket=basket, province="浙江省", pool="bulk")
    assert (bulk.is_placeable, bulk.goods_fen) == (True, 4_500_000)
    assert bulk.digest != retail.digest
    with pytest.raises(ValueError, match="lot"):
        quote_basket(basket=basket, province="浙江省", pool="lot")


@pytest.mark.parametrize(
    ("organisation", "dims"),
    [
        (None, ("resident", "assisted", "web", "", "")),
        ({}, ("union", "direct", "bulk", "un-001", "萧山区教育工会")),
        (
            {"kind": "outside", "of_district": False, "name": "滨江某公司"},
            ("outside", "assisted", "bulk", "un-001", "滨江某公司"),
        ),
    ],
)
def test_dimensions_of_both_user_groups(organisation: dict[str, Any] | None, dims: tuple[str, ...]) -> None:
    tea = make_product(price_fen=3_333, stock=5)
    make_bulk_stock(product=tea, units=100)
    if organisation is None:
        record = place(lines=[(tea, 1)])
    else:
        unit = make_organisation(**organisation)
        record = place_union(lines=[(tea, 1)], organisation=unit, method="bank_transfer")
    names = ("buyer_kind", "mode", "channel", "credited_organisation", "credited_name")
    assert tuple(getattr(record, name) for name in names) == dims
    assert tuple(share_of(record).dims[name] for name in names) == dims
    payload = OutboxMessage.objects.get(topic="order.placed").payload
    assert payload["by_acceptance"] is (organisation is not None)
    assert tuple(payload["shares"][0]["dims"][name] for name in names) == dims


def test_an_organisation_is_demonstration_or_its_orders_are_not() -> None:
    tea = make_product(demo=False)
    make_bulk_stock(product=tea, units=10)
    organisation = make_organisation()
    tea.listing.supplier.demo = False
    tea.listing.supplier.save()
    record = place_union(lines=[(tea, 1)], organisation=organisation, method="bank_transfer", demo=False)
    assert organisation.demo is record.demo is True


def test_what_only_organisations_with_terms_can_do() -> None:
    tea = make_product()
    make_bulk_stock(product=tea, units=10)
    organisation = make_organisation()
    assert refused(lambda: place(lines=[(tea, 1)], method="terms")) == "no_unit"
    assert refused(lambda: place(lines=[(tea, 1)], pool="bulk")) == "no_unit"
    assert refused(lambda: place_union(lines=[(tea, 1)], organisation=organisation)) == "no_terms"
    terms = make_terms(organisation=organisation)
    end_terms(terms_id=terms.pk, ends_on=terms.starts_on, actor_id=1, reason="到期")
    assert refused(lambda: place_union(lines=[(tea, 1)], organisation=organisation)) == "no_terms"
    suspend_organisation(organisation_id=organisation.pk, actor_id=1, reason="注销")
    organisation.refresh_from_db()
    assert refused(lambda: buying_unit(organisation)) == "not_verified"
    assert not OrderRecord.objects.exists()
    assert stock() == {"retail": (10, 0), "bulk": (10, 0)}


def test_holds_of_bulk_orders_are_dated_configuration() -> None:
    record = on_terms()
    assert record.hold_until is None
    assert not orders_past_hold(clock.now().replace(year=2099)).exists()
    by_transfer = on_terms(method="bank_transfer")
    retail = place(lines=[(share_of(record).line.product, 1)], method="bank_transfer")
    assert by_transfer.hold_until is not None and retail.hold_until is not None
    assert by_transfer.hold_until > retail.hold_until


def test_members_see_the_orders_of_their_organisation_and_nobody_elses() -> None:
    record = on_terms()
    tea = share_of(record).line.product
    approver = make_user(phone="+8613800000004")
    make_organisation(approver=approver)
    other = place_union(
        lines=[(tea, 1)], organisation=make_organisation(code="un-002"), method="bank_transfer"
    )
    employee = place(lines=[(tea, 1)])
    OrderRecord.objects.filter(pk=employee.pk).update(credited_organisation="un-001")
    scope = scope_of(approver, Role.APPROVER)
    assert list(orders(scope)) == [record]
    assert not orders(own_scope(approver)).exists()
    for number in (other.number, employee.number):
        with pytest.raises(OrderRecord.DoesNotExist):
            order_for_owner(scope, number)


# Shipping on terms


def test_approved_terms_let_an_unpaid_order_ship() -> None:
    record = on_terms()
    assert refused(lambda: ship(record, 1)) == "not_released"
    assert ordering.release_on_terms(record_id=record.pk, approved_by=4)
    assert not ordering.release_on_terms(record_id=record.pk, approved_by=5)
    record.refresh_from_db()
    assert (record.release_state, record.payment_state, record.released_by) == ("released", "unpaid", 4)
    assert (record.is_on_terms, open_terms_fen("un-001")) == (True, 33_330)
    ship(record, 10)
    assert stock() == {"retail": (5, 0), "bulk": (90, 0)}
    assert topics() == ["order.placed", "order.released"]
    pay(record)
    assert topics()[2:] == ["order.paid"]
    assert (record.payment_state, open_terms_fen("un-001")) == ("paid", 0)
    assert violations() == []


def test_the_limit_of_the_terms_holds_over_all_open_orders() -> None:
    first = released(limit_fen=66_660)
    second, third = on_terms(), on_terms(1)
    assert ordering.release_on_terms(record_id=second.pk, approved_by=4)
    assert refused(lambda: ordering.release_on_terms(record_id=third.pk, approved_by=4)) == "limit"
    third.refresh_from_db()
    assert third.release_state == "held"
    pay(first)
    assert ordering.release_on_terms(record_id=third.pk, approved_by=4)


def test_terms_are_looked_at_again_when_an_order_is_let_go() -> None:
    record = on_terms()
    organisation = make_organisation()
    suspend_organisation(organisation_id=organisation.pk, actor_id=1, reason="注销")
    assert refused(lambda: ordering.release_on_terms(record_id=record.pk, approved_by=4)) == "no_terms"
    transfer = place(lines=[(share_of(record).line.product, 1)])
    assert refused(lambda: ordering.release_on_terms(record_id=transfer.pk, approved_by=4)) == "not_on_terms"
    gateways.close_order(record_id=record.pk, reason="staff", actor_id=7)
    assert refused(lambda: ordering.release_on_terms(record_id=record.pk, approved_by=4)) == "wrong_state"


def test_an_order_on_terms_is_paid_by_transfer_without_a_hold() -> None:
    record = released()
    assert [option.code for option in gateways.methods(record)] == ["demo", "bank_transfer"]
    gateways.start_payment(record=record, method="bank_transfer")
    attempt = PaymentAttempt.objects.get(record=record)
    assert (attempt.amount_fen, attempt.state) == (33_330, "open")
    assert gateways.expire_due_orders() == 0


# Its ends


def test_a_released_order_is_reduced_not_closed() -> None:
    record = released()
    assert refused(lambda: gateways.close_order(record_id=record.pk, reason="buyer", actor_id=3)) == (
        "order_is_released"
    )
    ship(record, 6)
    portion = ordering.UnitsOf(share_of(record).pk, 5)
    ordering.reduce_order(record_id=record.pk, portions=[portion], reason="缺货", actor_id=7)
    # Four were on the shelf; the fifth had left, and is not back in stock by that.
    allocation = Allocation.objects.get()
    assert (allocation.consumed, allocation.released, allocation.held) == (6, 4, 0)
    assert stock() == {"retail": (5, 0), "bulk": (94, 0)}
    record.refresh_from_db()
    assert (record.due_fen, record.payment_state) == (16_665, "unpaid")
    assert violations() == []


def test_an_order_reduced_to_nothing_before_shipping_closes() -> None:
    record = released()
    portion = ordering.UnitsOf(share_of(record).pk, 10)
    ordering.reduce_order(record_id=record.pk, portions=[portion], reason="不要了", actor_id=7)
    record.refresh_from_db()
    assert (record.payment_state, record.close_reason, record.due_fen) == ("closed", "nothing_due", 0)
    assert stock() == {"retail": (5, 0), "bulk": (100, 0)}
    assert violations() == []


def test_late_money_of_a_closed_bulk_order_takes_bulk_stock_again() -> None:
    record = on_terms(method="bank_transfer")
    gateways.close_order(record_id=record.pk, reason="expired", actor_id=None)
    assert stock()["bulk"] == (100, 0)
    assert pay(record).outcome == "late_paid"
    assert stock() == {"retail": (5, 0), "bulk": (100, 10)}


# Acceptance


def test_units_are_accepted_up_to_what_was_shipped() -> None:
    record = released()
    assert refused(lambda: accept(record, 1)) == "units"
    ship(record, 6)
    accept(record, 4)
    assert refused(lambda: accept(record, 3, "AR-2")) == "units"
    accept(record, 2, "AR-2")
    assert share_of(record).accepted_units == 6
    assert ordering.acceptable_units(record) == {share_of(record).pk: 0}
    message = OutboxMessage.objects.filter(topic="order.accepted").earliest("pk")
    share = share_of(record)
    assert (message.version, message.stream) == (1, record.number)
    assert {name: message.payload[name] for name in ("order", "report", "items")} == {
        "order": record.number,
        "report": "AR-1",
        "items": [{"source_key": share.source_key, "units": 4}],
    }
    assert [(row["fen"], row["units"]) for row in message.payload["shares"]] == [(33_330, 10)]


def test_a_report_counts_once() -> None:
    record = released()
    ship(record, 6)
    assert accept(record, 3) == accept(record, 3)
    assert (share_of(record).accepted_units, topics().count("order.accepted")) == (3, 1)


def test_what_cannot_be_accepted_changes_nothing() -> None:
    tea = make_product(price_fen=3_333, stock=5)
    resident = place(lines=[(tea, 1)])
    assert refused(lambda: accept(resident, 1)) == "by_receipt"
    held = on_terms()
    assert refused(lambda: accept(held, 1)) == "wrong_state"
    record = released()
    ship(record, 2)
    line = share_of(record).line_id
    for items, code in (([(line + 999, 1)], "unknown"), ([(line, -1)], "units"), ([(line, 0)], "nothing")):
        act = lambda items=items: ordering.accept_units(
            record_id=record.pk, items=items, report_number="AR-9", actor_id=4
        )
        assert refused(act) == code
    assert not Acceptance.objects.exists()
    assert "order.accepted" not in topics()


def test_accepted_units_are_due_and_cannot_be_reduced_away() -> None:
    record = released()
    ship(record, 10)
    accept(record, 8)
    share = share_of(record)

    def reduce(*portions: ordering.Portion) -> OrderRecord:
        return ordering.reduce_order(record_id=record.pk, portions=portions, reason="x", actor_id=7)

    assert refused(lambda: reduce(ordering.UnitsOf(share.pk, 3))) == "accepted"
    assert reduce(ordering.UnitsOf(share.pk, 2)).due_fen == 26_664
    assert reduce(ordering.FenOf(664)).due_fen == 26_000
    with pytest.raises(IntegrityError), transaction.atomic():
        LineShare.objects.filter(pk=share.pk).update(accepted_units=9)


def test_units_turned_down_unpaid_leave_the_order() -> None:
    """Two of the first six are turned down: the other four of the line are shipped all the same."""
    record = released()
    line = share_of(record).line_id
    turn_down = lambda units: ordering.reject_units(
        record_id=record.pk, items=[(line, units)], reason="破损", actor_id=4
    )
    assert refused(lambda: turn_down(1)) == "units"
    ship(record, 6)
    accept(record, 4)
    turn_down(2)
    assert refused(lambda: turn_down(1)) == "units"
    allocation = Allocation.objects.get()
    assert (allocation.consumed, allocation.released, allocation.held) == (6, 0, 4)
    assert ordering.acceptable_units(record) == {share_of(record).pk: 0}
    ship(record, 4)
    assert refused(lambda: turn_down(5)) == "units"
    accept(record, 4, "AR-2")
    record.refresh_from_db()
    assert (record.due_fen, record.payment_state) == (26_664, "unpaid")
    assert refused(lambda: turn_down(1)) == "units"
    assert violations() == []


def test_units_turned_down_paid_wait_for_staff_as_a_refund() -> None:
    record = released()
    ship(record, 6)
    pay(record)
    ordering.reject_units(
        record_id=record.pk, items=[(share_of(record).line_id, 2)], reason="破损", actor_id=4
    )
    request = record.refunds.get()
    assert (request.fen, request.approved_at, request.requested_by) == (6_666, None, 4)
    # None of them is taken off the shelf: the other four are still owed.
    assert request.items.get().unshipped_units == 0
    ship(record, 4)
    assert accept(record, 8).items[0]["units"] == 8
    assert ordering.acceptable_units(record) == {share_of(record).pk: 0}


def test_a_refund_takes_accepted_units_last_and_gives_them_back_when_it_fails() -> None:
    record = released()
    ship(record, 10)
    pay(record)
    accept(record, 7)
    share = share_of(record)
    request = ordering.request_refund(
        record_id=record.pk, portions=[ordering.UnitsOf(share.pk, 5)], reason="x", actor_id=7
    )
    share = share_of(record)
    assert (share.accepted_units, request.items.get().accepted_units) == (5, 2)
    ordering.withdraw_refund(request_id=request.pk, reason="x", actor_id=7)
    assert share_of(record).accepted_units == 7
    assert ordering.acceptable_units(record) == {share.pk: 3}
    request = ordering.request_refund(
        record_id=record.pk, portions=[ordering.UnitsOf(share.pk, 5)], reason="x", actor_id=7
    )
    ordering.record_refund_result(request_id=request.pk, ok=True, parts=[("p", request.fen)])
    share = share_of(record)
    assert (share.accepted_units, share.refunded_units, share.left_units) == (5, 5, 5)
    assert violations() == []
