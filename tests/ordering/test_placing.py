"""Placing: exact amounts, snapshots, and refusals that write nothing."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oscar.apps.basket.models import Basket
from oscar.apps.order.models import Order
from oscar.apps.order.utils import OrderCreator as OscarOrderCreator

from shop.core.exceptions import ShopError
from shop.forks.order.utils import OrderCreator
from shop.listings.models import ClaimState, Listing, ListingState
from shop.ordering.invariants import violations
from shop.ordering.models import Allocation, LineShare, OrderRecord, StockBalance
from shop.ordering.numbers import token_digest
from shop.ordering.services import CannotPlace, OutOfStock, QuoteChanged, Recipient, quote_basket
from shop.outbox.models import OutboxMessage
from shop.suppliers.models import Supplier, SupplierState
from tests.factories import (
    RECIPIENT,
    make_basket,
    make_cast,
    make_freight_template,
    make_hold_rules,
    make_price_tier,
    make_product,
    make_region,
    make_supplier,
    place,
    place_basket,
)

pytestmark = [pytest.mark.django_db, pytest.mark.data]
FAR = Recipient("王芳", "13800000001", "新疆维吾尔自治区", "乌鲁木齐市", "天山区", "解放路1号")


def nothing_was_written() -> bool:
    """Return whether no order, share, allocation, promise or message exists."""
    rows = (OrderRecord, Order, LineShare, Allocation, OutboxMessage)
    return not any(model.objects.exists() for model in rows) and not StockBalance.objects.filter(
        allocated__gt=0
    )


def mixed_basket() -> Basket:
    tea = make_product(
        supplier=make_supplier(code="tea"), sku="t1", price_fen=12800, vat_percent=9, freight_free=False
    )
    honey_seller = make_supplier(
        code="honey", name_zh="康定蜂业", region=make_region(slug="kangding", name_zh="康定市")
    )
    honey = make_product(
        supplier=honey_seller,
        sku="h1",
        name_zh="康定蜂蜜",
        price_fen=9999,
        vat_percent=13,
        gross_weight_g=1200,
        freight_free=False,
    )
    return make_basket(lines=[(tea, 2), (honey, 1)])


def test_an_order_adds_up_to_the_fen() -> None:
    placed = place_basket(mixed_basket())
    record = placed.record
    # 2 × 128.00 + 99.99; 1 kg of tea 8.00; 1.2 kg of honey 8.00 + 2.00
    assert (record.goods_fen, record.charges_fen, record.due_fen) == (35599, 1800, 37399)
    assert [(s.number, s.units, s.fen, s.ex_tax_fen) for s in record.shares.all()] == [
        (1, 2, 25600, 23486),
        (2, 1, 9999, 8849),
    ]
    assert [(c.number, c.kind, c.dims["supplier"], c.fen) for c in record.charges.all()] == [
        (3, "freight", "tea", 800),
        (4, "freight", "honey", 1000),
    ]
    assert record.order.total_incl_tax == Decimal("373.99")
    assert record.order.shipping_incl_tax == Decimal("18.00")
    assert record.order.number == record.number
    assert [line.line_price_incl_tax for line in record.order.lines.order_by("pk")] == [
        Decimal("256.00"),
        Decimal("99.99"),
    ]
    assert violations() == []


def test_the_event_carries_the_snapshot() -> None:
    record = place_basket(mixed_basket()).record
    message = OutboxMessage.objects.get(topic="order.placed")
    assert (message.stream, message.seq) == (record.number, 1)
    assert message.payload["due_fen"] == 37399
    share = message.payload["shares"][0]
    assert share["source_key"] == f"share:{record.shares.get(number=1).pk}"
    assert share["eligibility"] == "eligible"
    assert share["dims"] == {
        "region": "wangcang",
        "township": "东河镇",
        "programme": "east-west",
        "supplier": "tea",
        "supplier_name": "旺苍茶业",
        "product": "t1",
        "product_name": "旺苍黄茶",
        "category": "tea",
        "certification": "",
        "buyer_kind": "resident",
        "credited_organisation": "",
        "credited_name": "",
        "mode": "assisted",
        "channel": "web",
        "demo": True,
        "rule_version": "1",
    }


def test_a_basket_becomes_one_order() -> None:
    basket = make_basket(lines=[(make_product(stock=5), 2)])
    first, second = place_basket(basket), place_basket(basket, quoted="anything")
    assert second.record == first.record
    assert (first.created, second.created) == (True, False)
    assert second.token == first.token
    assert StockBalance.objects.get().allocated == 2
    assert Basket.objects.get(pk=basket.pk).status == Basket.SUBMITTED


def test_the_number_and_the_guest_link_cannot_be_guessed() -> None:
    placed = place_basket(make_basket(lines=[(make_product(), 1)]))
    prefix, _, tail = placed.record.number.partition("-")
    assert (prefix[:2], len(prefix), len(tail)) == ("YS", 10, 8)
    assert placed.token is not None
    assert len(placed.token) == 43
    assert placed.record.access_key == token_digest(placed.token)
    assert placed.token not in str(placed.record.__dict__)


def test_a_member_gets_no_link() -> None:
    placed = place_basket(make_basket(lines=[(make_product(), 1)]), buyer=make_cast().resident)
    assert placed.token is None
    assert placed.record.guest_phone == ""


def test_the_tier_of_the_whole_quantity_holds() -> None:
    tea = make_product(price_fen=1000, stock=20)
    make_price_tier(product=tea, min_quantity=5, price_fen=900)
    make_price_tier(product=tea, min_quantity=10, price_fen=800)
    basket = make_basket(lines=[(tea, 4), (tea, 6)])
    assert place_basket(basket).record.goods_fen == 8000


def test_lines_of_one_stock_are_summed_before_the_check() -> None:
    tea = make_product(stock=5)
    with pytest.raises(OutOfStock) as refused:
        place_basket(make_basket(lines=[(tea, 3), (tea, 3)]))
    assert (refused.value.product, refused.value.left) == ("旺苍黄茶", 5)
    assert nothing_was_written()


def test_free_freight_is_no_charge() -> None:
    seller = make_supplier()
    make_freight_template(supplier=seller, free_from_fen=10000)
    tea = make_product(supplier=seller, price_fen=5000)
    quote = quote_basket(basket=make_basket(lines=[(tea, 1)]), province="浙江省")
    assert (quote.freight_fen, quote.suppliers[0].freight.missing_fen) == (800, 5000)
    record = place(lines=[(tea, 2)])
    assert (record.due_fen, record.charges.count()) == (10000, 0)


def test_a_changed_price_must_be_seen_again() -> None:
    tea = make_product(price_fen=1000)
    basket = make_basket(lines=[(tea, 1)])
    seen = quote_basket(basket=basket, province="浙江省")
    Listing.objects.update(price_fen=1100)
    with pytest.raises(QuoteChanged):
        place_basket(basket, quoted=seen.digest)
    assert nothing_was_written()
    assert [p.code for p in quote_basket(basket=basket, province="浙江省").problems] == ["price_changed"]
    assert place_basket(basket).record.due_fen == 1100


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda: Listing.objects.update(state=ListingState.WITHDRAWN), "withdrawn"),
        (lambda: Listing.objects.update(state=ListingState.DRAFT), "withdrawn"),
        (lambda: Supplier.objects.update(state=SupplierState.SUSPENDED), "supplier_suspended"),
        (lambda: StockBalance.objects.update(on_hand=0), "out_of_stock"),
    ],
)
def test_what_is_not_for_sale_is_refused(change, code) -> None:
    basket = make_basket(lines=[(make_product(), 1)])
    seen = quote_basket(basket=basket, province="浙江省")
    change()
    with pytest.raises(ShopError) as refused:
        place_basket(basket, quoted=seen)
    assert refused.value.code == code
    assert nothing_was_written()
    assert Basket.objects.get(pk=basket.pk).status == Basket.OPEN


@pytest.mark.parametrize(
    ("lines", "code"), [([0], "quantity"), ([1000], "too_many"), ([500, 500], "too_many"), ([], "empty")]
)
def test_senseless_quantities_are_refused(lines, code) -> None:
    tea = make_product(stock=2000)
    with pytest.raises(CannotPlace) as refused:
        place_basket(make_basket(lines=[(tea, quantity) for quantity in lines]))
    assert refused.value.code == code
    assert nothing_was_written()


def test_a_province_without_delivery_is_refused() -> None:
    with pytest.raises(CannotPlace) as refused:
        place_basket(make_basket(lines=[(make_product(), 1)]), recipient=FAR)
    assert (refused.value.code, refused.value.field) == ("undeliverable", "province")
    assert nothing_was_written()


@pytest.mark.parametrize("field", ["name", "phone", "province", "city", "county", "street"])
def test_a_missing_part_of_the_address_is_named(field) -> None:
    recipient = Recipient(**{**RECIPIENT.__dict__, field: " "})
    with pytest.raises(CannotPlace) as refused:
        place_basket(make_basket(lines=[(make_product(), 1)]), recipient=recipient)
    assert refused.value.field == field
    assert nothing_was_written()


@pytest.mark.parametrize(
    ("product", "supplier", "verdict"),
    [
        ({}, {}, ("eligible", "")),
        ({"claim_state": ClaimState.PENDING}, {}, ("pending", "claim_pending")),
        ({"claim_state": ClaimState.REJECTED}, {}, ("ineligible", "claim_rejected")),
        ({"valid_until": dt.date(2022, 1, 1)}, {}, ("ineligible", "claim_expired")),
        ({}, {"state": SupplierState.PENDING}, ("ineligible", "supplier_not_admitted")),
        ({}, {"admitted_on": dt.date(2999, 1, 1)}, ("ineligible", "supplier_not_admitted")),
    ],
)
def test_eligibility_is_frozen_at_placing(product, supplier, verdict) -> None:
    record = place(lines=[(make_product(supplier=make_supplier(**supplier), **product), 1)])
    share = record.shares.get()
    assert (share.eligibility, share.reason) == verdict


def test_a_region_without_pairing_does_not_count() -> None:
    region = make_region(slug="elsewhere", name_zh="某县", paired=False)
    record = place(lines=[(make_product(supplier=make_supplier(region=region)), 1)])
    share = record.shares.get()
    assert (share.eligibility, share.reason, share.dims["programme"]) == ("ineligible", "no_pairing", "")


def test_oscars_own_way_is_shut() -> None:
    assert issubclass(OrderCreator, OscarOrderCreator)
    with pytest.raises(RuntimeError):
        OrderCreator().place_order(None, None, None, None)


def test_the_basket_is_quoted_in_a_constant_number_of_queries(django_assert_num_queries) -> None:
    tea = [(make_product(sku=f"t{number}"), 1) for number in range(6)]
    small, large = make_basket(lines=tea[:1]), make_basket(lines=tea)
    quote_basket(basket=small, province="浙江省")  # The goods are new: the process puts them on its shelf.
    with django_assert_num_queries(3):
        quote_basket(basket=small, province="浙江省")
    with django_assert_num_queries(4):  # Five of the goods are looked up, together.
        quote_basket(basket=large, province="浙江省")
    with django_assert_num_queries(3):
        quote_basket(basket=large, province="浙江省")


@pytest.mark.parametrize(("goods", "most"), [(1, 26), (3, 30)])
def test_an_order_of_goods_without_lots_or_limits_stays_cheap(goods: int, most: int) -> None:
    make_hold_rules()
    lines = [(make_product(sku=f"s{number}", stock=50), 1) for number in range(goods)]
    place_basket(make_basket(lines=lines))
    basket = make_basket(lines=lines)
    quoted = quote_basket(basket=basket, province="浙江省")
    with CaptureQueriesContext(connection) as queries:
        place_basket(basket, quoted=quoted)
    assert len(queries) <= most
