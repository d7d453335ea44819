"""A coupon from the claim to the supplier's balance: used, given back in part, cancelled, paid late."""

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.accounts.scope import own_scope
from shop.core import fen
from shop.coupons.models import Coupon
from shop.coupons.selectors import offers_of
from shop.coupons.services import CouponRefused
from shop.ordering import services as ordering
from shop.ordering.coupon_figures import campaign_figures
from shop.ordering.coupon_quotes import best, choices, with_coupon
from shop.ordering.invariants import violations
from shop.ordering.models import OrderRecord
from shop.ordering.quotes import quote_basket
from shop.ordering.services import CannotPlace, UnitsOf, begin_close, finish_close, request_refund
from shop.settlement.models import SettlementEntry, SupplierAccount
from tests.factories import (
    make_basket,
    make_bulk_stock,
    make_hold_rules,
    make_organisation,
    make_product,
    make_user,
    pay,
    place_basket,
    place_union,
)
from tests.factories.coupons import make_campaign, make_coupon
from tests.flows.cast import ADDRESS, check_out, fill, goods, ledger, signs, work
from tests.flows.test_sale import pay_on_the_demo_page, ship
from tests.promises import assert_kept

pytestmark = [pytest.mark.django_db, pytest.mark.data]

#: 3 × 33.33 and 2 × 25.00, freight 10.00; 20.00 off are 13.33 and 6.67.
TEA, PEARS, FREIGHT = 9_999 - 1_333, 5_000 - 667, 1_000


def buyer() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


def ordered(client: Client, coupon: Coupon) -> OrderRecord:
    return check_out(client, coupon=coupon.code)


def balances(supplier: str) -> tuple[int, int, int, int]:
    """Return what is collected, what the shop adds, what is not confirmed and what is owed."""
    row = SupplierAccount.objects.get(supplier=supplier)
    return row.collected_fen, row.subsidy_fen, row.pending_fen, row.payable_fen


def test_the_best_coupon_is_chosen_paid_for_and_owed_to_the_suppliers_by_the_shop() -> None:
    client = buyer()
    fill(client, goods())
    coupon = make_coupon(make_user())
    make_coupon(make_user(), name="小额券", off_fen=500)
    page = client.get("/checkout/")
    assert [(row["name"], row["off_fen"], row["is_chosen"]) for row in page.context["coupons"]] == [
        ("开学季满减", 2_000, True),
        ("小额券", 500, False),
    ]
    assert (page.context["discount_fen"], page.context["total_fen"]) == (2_000, TEA + PEARS + FREIGHT)
    record = ordered(client, coupon)
    assert (record.goods_fen, record.discount_fen, record.due_fen) == (
        TEA + PEARS,
        2_000,
        TEA + PEARS + FREIGHT,
    )
    assert list(record.shares.values_list("fen", "discount_fen", "subsidy_fen")) == [
        (TEA, 1_333, 1_333),
        (PEARS, 667, 667),
    ]
    assert float(record.order.total_incl_tax) == (TEA + PEARS + FREIGHT) / 100
    pay_on_the_demo_page(client, record)
    work()
    assert ledger(record) == {
        ("wangcang", "unshipped"): TEA,
        ("longquan", "unshipped"): PEARS,
        ("freight", "none"): FREIGHT,
    }
    assert balances("tea-co") == (TEA + FREIGHT, 1_333, TEA + FREIGHT + 1_333, 0)
    for code in ("tea-co", "pear-co"):
        ship(record, code)
    client.post(f"/orders/{record.number}/receive/")
    work()
    assert balances("tea-co") == (TEA + FREIGHT, 1_333, 0, 9_999 + FREIGHT)
    assert balances("pear-co") == (PEARS, 667, 0, 5_000)
    assert "开学季满减" in client.get(f"/orders/{record.number}/").content.decode()
    assert_kept()


def test_the_basket_says_how_much_is_missing_for_a_coupon_and_what_it_takes_off() -> None:
    client, tea = buyer(), goods().tea

    def hint(units: int) -> str:
        client.post(f"/basket/add/{tea.pk}/", {"quantity": units})
        answer = client.get("/basket/")
        assert answer.context["coupon_hint"] in answer.content.decode()
        return str(answer.context["coupon_hint"])

    assert hint(1) == ""
    make_coupon(make_user())
    assert hint(1) == "再买 ¥33.34 即可使用优惠券“开学季满减”。"
    assert hint(1) == "再买 ¥0.01 即可使用优惠券“开学季满减”。"
    assert hint(1) == "结算时可用优惠券“开学季满减”减 ¥20.00。"


def test_a_part_that_goes_back_gives_back_what_was_paid_for_it() -> None:
    client = buyer()
    fill(client, goods())
    coupon = make_coupon(make_user())
    record = ordered(client, coupon)
    pay_on_the_demo_page(client, record)
    work()
    tea = record.shares.get(number=1)
    request = request_refund(
        record_id=record.pk, portions=[UnitsOf(tea.pk, 1)], reason="少要一罐", actor_id=None
    )
    assert request.fen == fen.units_worth(TEA, 3, 0, 1) == 2_888
    work()
    # Two of three units are left: 1333 × 5778 / 8666.
    assert balances("tea-co") == (TEA + FREIGHT - 2_888, 888, TEA + FREIGHT - 2_888 + 888, 0)
    # What the desk says the shop bears is what settlement adds for the teas and for the pears.
    assert campaign_figures([coupon.campaign_id])[coupon.campaign_id].borne_fen == 888 + 667
    coupon.refresh_from_db()
    assert coupon.state == "used"
    request_refund(record_id=record.pk, whole=True, reason="不要了", actor_id=None)
    work()
    record.refresh_from_db()
    coupon.refresh_from_db()
    assert (record.refunded_fen, coupon.state, coupon.discount_fen) == (record.paid_fen, "returned", 0)
    assert (balances("tea-co"), balances("pear-co")) == ((0, 0, 0, 0), (0, 0, 0, 0))
    assert_kept()


def test_what_the_supplier_bears_is_what_it_does_not_get() -> None:
    client = buyer()
    fill(client, goods())
    coupon = make_coupon(
        make_user(), scope="supplier", supplier="tea-co", borne_by="supplier", minimum_fen=5_000
    )
    record = ordered(client, coupon)
    assert list(record.shares.values_list("fen", "discount_fen", "subsidy_fen")) == [
        (7_999, 2_000, 0),
        (5_000, 0, 0),
    ]
    pay_on_the_demo_page(client, record)
    work()
    assert balances("tea-co") == (7_999 + FREIGHT, 0, 7_999 + FREIGHT, 0)
    assert not SettlementEntry.objects.filter(kind="subsidy").exists()
    assert_kept()


def test_a_coupon_comes_back_with_a_cancelled_order_and_late_money_takes_it_again_only_while_it_is_free() -> (
    None
):
    user = make_user()
    make_hold_rules()
    tea = make_product(price_fen=12_000, stock=9)
    coupon = make_coupon(user)

    def place() -> OrderRecord:
        basket = make_basket(lines=[(tea, 1)], owner=user)
        quote = quote_basket(basket=basket, province="浙江省")
        quoted = with_coupon(quote, offers_of(own_scope(user)), coupon.code)
        return place_basket(basket, buyer=user, quoted=quoted, coupon=coupon.code).record

    def close(record: OrderRecord) -> None:
        begin_close(record_id=record.pk, reason="buyer")
        finish_close(record_id=record.pk)
        coupon.refresh_from_db()
        assert coupon.state == "returned"

    first = place()
    close(first)
    assert pay(first).outcome == "late_paid"
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_number) == ("used", first.number)
    assert violations() == []


def test_a_coupon_that_went_to_another_order_is_not_given_twice() -> None:
    user = make_user()
    make_hold_rules()
    tea = make_product(price_fen=12_000, stock=9)
    coupon = make_coupon(user)
    records = []
    for _order in range(2):
        basket = make_basket(lines=[(tea, 1)], owner=user)
        quote = quote_basket(basket=basket, province="浙江省")
        quoted = with_coupon(quote, offers_of(own_scope(user)), coupon.code)
        records.append(place_basket(basket, buyer=user, quoted=quoted, coupon=coupon.code).record)
        if len(records) == 1:
            begin_close(record_id=records[0].pk, reason="buyer")
            finish_close(record_id=records[0].pk)
    assert pay(records[0]).outcome == "late_coupon"
    assert (records[0].payment_state, records[0].attention) == ("closed", "late_coupon")
    assert records[0].order.lines.get().allocations.get().held == 0
    work()
    assert_kept()


def test_late_money_for_the_first_order_finds_its_coupon_after_the_second_came_to_nothing() -> None:
    user = make_user()
    make_hold_rules()
    tea = make_product(price_fen=12_000, stock=9)
    coupon = make_coupon(user)
    records = []
    for _order in range(2):
        basket = make_basket(lines=[(tea, 1)], owner=user)
        quote = quote_basket(basket=basket, province="浙江省")
        quoted = with_coupon(quote, offers_of(own_scope(user)), coupon.code)
        records.append(place_basket(basket, buyer=user, quoted=quoted, coupon=coupon.code).record)
        begin_close(record_id=records[-1].pk, reason="buyer")
        finish_close(record_id=records[-1].pk)
    assert [pay(record).outcome for record in records] == ["late_paid", "late_coupon"]
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_number) == ("used", records[0].number)
    assert violations() == []


def test_guests_units_and_strangers_use_no_coupon() -> None:
    user, other = make_user(), make_user(phone="+8613800000002")
    make_hold_rules()
    tea = make_product(price_fen=12_000, stock=9)
    coupon = make_coupon(user)
    for person, refusal in ((None, CannotPlace), (other, CouponRefused)):
        basket = make_basket(lines=[(tea, 1)], owner=person)
        with pytest.raises(refusal) as refused:
            place_basket(basket, buyer=person, coupon=coupon.code)
        assert (refused.value.field, OrderRecord.objects.count()) == ("coupon", 0)
    unit = make_organisation()
    make_bulk_stock(product=tea, units=9)
    with pytest.raises(CannotPlace) as refused:
        place_union(
            lines=[(tea, 1)], organisation=unit, buyer=user, method="bank_transfer", coupon=coupon.code
        )
    assert (refused.value.code, OrderRecord.objects.count()) == ("no_coupons", 0)
    coupon.refresh_from_db()
    assert coupon.state == "claimed"


def test_the_page_asks_again_when_the_choice_changes_what_is_paid() -> None:
    client = buyer()
    fill(client, goods())
    coupon = make_coupon(make_user())
    form = signs(client) | ADDRESS | {"method": "demo", "coupon": ""}
    answer = client.post("/checkout/", form)
    assert (answer.status_code, OrderRecord.objects.count()) == (200, 0)
    assert answer.context["changes"] == ["优惠券现在减 ¥0.00，之前减 ¥20.00。"]
    again = client.post("/checkout/", form | {"requote": "1"})
    assert (again.context["discount_fen"], again.context["no_coupon"]) == (0, True)
    record = check_out(client, coupon=coupon.code)
    assert record.discount_fen == 2_000
    guest = Client()
    fill(guest, goods())
    assert "登录后可以使用优惠券" in guest.get("/checkout/").content.decode()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    prices=st.lists(st.tuples(st.integers(10, 50_000), st.integers(1, 4)), min_size=1, max_size=4),
    percent=st.integers(1, 90),
    cap=st.integers(1, 20_000),
    by_shop=st.booleans(),
    back=st.integers(0, 3),
)
def test_whatever_the_lines_shares_add_up_to_what_is_paid_and_every_promise_holds(
    prices: list[tuple[int, int]], percent: int, cap: int, by_shop: bool, back: int
) -> None:
    with transaction.atomic():
        make_hold_rules()
        user = make_user()
        products = [
            (make_product(sku=f"P{number}", price_fen=price, stock=9), units)
            for number, (price, units) in enumerate(prices)
        ]
        supplier = products[0][0].listing.supplier.code
        make_campaign_of = {"kind": "percent", "percent": percent, "cap_fen": cap}
        if not by_shop:
            make_campaign_of |= {"scope": "supplier", "supplier": supplier, "borne_by": "supplier"}
        coupon = make_coupon(user, make_campaign(**make_campaign_of))
        basket = make_basket(lines=products, owner=user)
        quote = quote_basket(basket=basket, province="浙江省")
        offers = offers_of(own_scope(user))
        quoted = with_coupon(quote, offers, coupon.code)
        assert best(quote, choices(quote, offers)) in ("", coupon.code)
        record = place_basket(basket, buyer=user, quoted=quoted, coupon=coupon.code).record
        shares = list(record.shares.all())
        off = min(sum(price * units for price, units in prices) * percent // 100, cap)
        assert sum(share.discount_fen for share in shares) == record.discount_fen == off
        assert sum(share.fen for share in shares) + record.charges_fen == record.due_fen
        assert all(share.fen > 0 for share in shares)
        pay(record)
        if back and record.discount_fen:
            share = shares[min(back, len(shares)) - 1]
            asked = request_refund(
                record_id=record.pk, portions=[UnitsOf(share.pk, 1)], reason="退", actor_id=None
            )
            ordering.record_refund_result(
                request_id=asked.pk, ok=True, parts=[(f"demo:{record.number}", asked.fen)]
            )
        transaction.set_rollback(True)
