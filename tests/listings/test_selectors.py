import datetime as dt

import pytest

from shop.listings.models import Certification, ListingState
from shop.listings.selectors import (
    BrowseFilters,
    FreightParcel,
    Sort,
    areas,
    browse,
    category_tree,
    current_shelf,
    freight_quotes,
    is_area,
    price_for,
    product_cards,
    product_detail,
    provinces,
)
from shop.listings.services import index_products, save_category
from tests.factories import (
    make_freight_template,
    make_price_tier,
    make_product,
    make_region,
    make_supplier,
)

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.urls("tests.listings.urls")]
TODAY = dt.date(2026, 11, 23)


def shelf(count):
    """Return the ids of `count` products of three suppliers in two regions, dearer one by one."""
    save_category(slug="tea", name_zh="茶叶", name_en="Tea", actor_id=None)
    other = make_region(slug="longquan", name_zh="龙泉市")
    suppliers = [
        make_supplier(),
        make_supplier(code="wc-02", name_zh="旺苍示例供应商 02"),
        make_supplier(code="lq-09", name_zh="龙泉示例供应商 09", region=other),
    ]
    products = [
        make_product(
            sku=f"tea-{number:03}", price_fen=1000 + number, supplier=suppliers[number % 3], stock=number % 4
        )
        for number in range(count)
    ]
    index_products(product_ids=[product.pk for product in products])
    return [product.pk for product in products]


def test_a_card_says_what_the_shop_sells():
    product = make_product(price_fen=12800, stock=7)
    card = product_cards([product.pk])[0]
    assert (card.title, card.url) == ("旺苍黄茶", f"/catalogue/tea-001_{product.pk}/")
    assert (card.price_fen, card.unit_price_fen, card.unit_price_label) == (12800, 64000, "/500g")
    assert (card.region_slug, card.region_short, card.region_seal) == ("wangcang", "旺苍", "旺")
    assert (card.stock, card.is_available, card.is_demo, card.image_url) == (7, True, True, None)


def test_cards_keep_the_order_asked_for_and_leave_out_what_is_not_there():
    ids = shelf(3)
    assert [card.product_id for card in product_cards([ids[2], ids[0], 999999, ids[2]])] == [ids[2], ids[0]]


def test_a_withdrawn_product_has_a_card_that_cannot_be_bought():
    product = make_product(state=ListingState.WITHDRAWN)
    assert not product_cards([product.pk])[0].is_available


@pytest.mark.parametrize("count", [1, 20, 200])
def test_pages_take_the_same_queries_however_much_is_sold(count, django_assert_num_queries):
    ids = shelf(count)
    current_shelf()
    with django_assert_num_queries(2):
        assert len(product_cards(ids)) == count
    with django_assert_num_queries(1):
        assert browse(BrowseFilters()).total == count
    with django_assert_num_queries(2 + (count > 1)):
        assert browse(BrowseFilters(q="黄茶", in_stock=count > 1)).total == count - -(-count // 4) * (
            count > 1
        )
    with django_assert_num_queries(1):
        assert browse(BrowseFilters(q="黄茶")).total == count
    price_for({ids[0]: 1}, TODAY)
    with django_assert_num_queries(1):
        assert len(price_for(dict.fromkeys(ids, 1), TODAY)) == count
    product_detail(ids[-1], TODAY)
    with django_assert_num_queries(1):
        assert product_detail(ids[-1], TODAY) is not None
    parcels = [FreightParcel(code, 1000, 500) for code in ("wangcang-tea", "wc-02", "lq-09")]
    with django_assert_num_queries(3):
        assert len(freight_quotes(parcels, "浙江省", TODAY)) == 3


def test_the_facets_count_what_all_other_filters_leave():
    shelf(12)
    page = browse(BrowseFilters(regions=("longquan",), in_stock=True))
    assert page.total == 3
    assert [(facet.value, facet.count, facet.selected) for facet in page.regions] == [
        ("longquan", 3, True),
        ("wangcang", 6, False),
    ]
    assert (page.in_stock.count, page.in_stock.selected) == (3, True)
    assert [(facet.value, facet.count) for facet in page.categories] == [("tea", 3)]
    assert page.prices([1002, 1003, 1011]) == [0, 1, 1, 1]


@pytest.mark.parametrize("in_stock", [False, True])
def test_what_is_sold_out_elsewhere_is_not_taken_off_what_words_find(in_stock):
    goods = [
        make_product(sku="tea", name_zh="高山绿茶", stock=5),
        make_product(sku="tea-gone", name_zh="高山红茶", stock=0),
        make_product(sku="honey-gone", name_zh="土蜂蜜", category="honey", stock=0),
    ]
    index_products(product_ids=[product.pk for product in goods])
    page = browse(BrowseFilters(q="高山", in_stock=in_stock))
    assert (page.total, page.in_stock.count) == (1 if in_stock else 2, 1)


def test_a_category_includes_those_below_it():
    save_category(slug="tea", name_zh="茶叶", name_en="Tea", actor_id=None)
    save_category(slug="tea/green-tea", name_zh="绿茶", name_en="Green tea", actor_id=None)
    save_category(slug="teapots", name_zh="茶壶", name_en="Pots", actor_id=None)
    green = make_product(sku="g", category="tea/green-tea")
    make_product(sku="p", category="teapots")
    page = browse(BrowseFilters(category="tea"))
    assert page.ids == [green.pk]
    assert [(facet.value, facet.label, facet.count) for facet in page.categories] == [
        ("tea/green-tea", "绿茶", 1)
    ]
    beside = browse(BrowseFilters(category="tea/green-tea"))
    assert [(facet.value, facet.selected) for facet in beside.categories] == [("tea/green-tea", True)]
    top = browse(BrowseFilters())
    assert {facet.value: facet.count for facet in top.categories} == {"tea": 1, "teapots": 1}


def test_a_certificate_filters_and_is_counted():
    ids = shelf(4)
    certificate = Certification.objects.create(
        code="gi:黄茶", region=make_region(), name_zh="黄茶", scheme="GI", year="2009"
    )
    certificate.products.add(ids[1], ids[2])
    page = browse(BrowseFilters(certification="gi:黄茶"))
    assert sorted(page.ids) == ids[1:3]
    assert [(facet.value, facet.count, facet.selected) for facet in page.certifications] == [
        ("gi:黄茶", 2, True)
    ]


@pytest.mark.parametrize(
    ("sort", "first"), [(Sort.DEFAULT, 0), (Sort.PRICE_UP, 0), (Sort.PRICE_DOWN, 4), (Sort.NEWEST, 4)]
)
def test_lists_are_sorted(sort, first):
    ids = shelf(5)
    assert browse(BrowseFilters(sort=sort)).ids[0] == ids[first]


def test_prices_bound_a_list_on_both_ends():
    ids = shelf(5)
    page = browse(BrowseFilters(min_fen=1001, max_fen=1003))
    assert sorted(page.ids) == ids[1:4]
    assert page.prices([1001, 1004]) == [1, 3, 1]


def test_a_page_beyond_the_last_is_the_last():
    ids = shelf(5)
    page = browse(BrowseFilters(), page=99, page_size=2)
    assert (page.number, page.pages, page.ids) == (3, 3, ids[4:])
    assert browse(BrowseFilters(), page=-1, page_size=2).number == 1


def test_an_empty_list_has_one_page():
    page = browse(BrowseFilters(regions=("nowhere",)))
    assert (page.ids, page.total, page.number, page.pages) == ([], 0, 1, 1)


def test_drafts_and_withdrawn_products_are_in_no_list():
    make_product(sku="draft", state=ListingState.DRAFT)
    make_product(sku="gone", state=ListingState.WITHDRAWN)
    assert browse(BrowseFilters()).ids == []


def test_a_price_follows_quantity_and_day():
    product = make_product(price_fen=10000)
    make_price_tier(product=product, min_quantity=10, price_fen=9000, ends_on=dt.date(2026, 6, 30))
    make_price_tier(product=product, min_quantity=20, price_fen=8000, starts_on=dt.date(2026, 7, 1))

    def fen(quantity, on):
        return price_for({product.pk: quantity}, on)[product.pk].unit_fen

    june, july = dt.date(2026, 6, 30), dt.date(2026, 7, 1)
    assert [fen(9, june), fen(10, june), fen(10, july), fen(20, july)] == [10000, 9000, 10000, 8000]
    ahead = price_for({product.pk: 1}, july)[product.pk].next_tier
    assert ahead is not None
    assert (ahead.min_quantity, ahead.price_fen) == (20, 8000)
    assert price_for({999999: 1}, july) == {}


def test_a_tier_never_raises_the_price():
    product = make_product(price_fen=5000)
    make_price_tier(product=product, min_quantity=10, price_fen=9000)
    assert price_for({product.pk: 10}, TODAY)[product.pk].unit_fen == 5000


def freight(goods_fen, grams, province="浙江省", on=TODAY):
    found = freight_quotes([FreightParcel("wangcang-tea", goods_fen, grams)], province, on)[0]
    return found.fen, found.deliverable, found.reason, found.free_from_fen, found.missing_fen


def test_freight_is_by_started_kilogram_and_free_from_a_sum():
    supplier = make_supplier()
    make_freight_template(supplier=supplier, first_kg_fen=800, next_kg_fen=300, free_from_fen=9900)
    assert freight(5000, 1000) == (800, True, "", 9900, 4900)
    assert freight(5000, 1001) == (1100, True, "", 9900, 4900)
    assert freight(9899, 3000) == (1400, True, "", 9900, 1)
    assert freight(9900, 3000) == (0, True, "", 9900, 0)


def test_where_nothing_is_delivered_there_is_no_freight():
    supplier = make_supplier()
    make_freight_template(supplier=supplier, starts_on=dt.date(2026, 1, 1))
    assert freight(5000, 1000, "新疆维吾尔自治区") == (None, False, "undeliverable", None, 0)
    assert freight(5000, 1000, "no such province") == (None, False, "undeliverable", None, 0)
    assert freight(5000, 1000, on=dt.date(2025, 12, 31)) == (None, False, "no_terms", None, 0)


def test_the_latest_template_that_has_begun_holds():
    supplier = make_supplier()
    make_freight_template(supplier=supplier, first_kg_fen=800, starts_on=dt.date(2026, 1, 1))
    make_freight_template(supplier=supplier, first_kg_fen=900, starts_on=dt.date(2026, 12, 1))
    assert freight(1, 1)[0] == 800
    assert freight(1, 1, on=dt.date(2026, 12, 1))[0] == 900


def test_a_product_page_says_everything():
    product = make_product(sku="a", name_zh="木门黄茶", price_fen=10000)
    gift = make_product(sku="b", name_zh="木门黄茶 礼盒", price_fen=20000)
    make_product(sku="c", name_zh="木门黄茶饼")
    make_price_tier(product=product, min_quantity=10, price_fen=9000)
    detail = product_detail(product.pk, TODAY)
    assert detail is not None
    assert [(variant.card.product_id, variant.is_current) for variant in detail.variants] == [
        (product.pk, True),
        (gift.pk, False),
    ]
    assert [(tier.min_quantity, tier.price_fen) for tier in detail.tiers] == [(10, 9000)]
    assert detail.pairing is not None
    assert detail.pairing.programme.slug == "east-west"
    assert (detail.is_published, detail.supplier.code) == (True, "wangcang-tea")
    assert product_detail(999999, TODAY) is None


def test_the_tree_has_two_levels_and_one_query(django_assert_num_queries):
    save_category(slug="tea", name_zh="茶叶", name_en="Tea", actor_id=None)
    save_category(slug="honey", name_zh="蜂产品", name_en="Honey", actor_id=None)
    save_category(slug="tea/green-tea", name_zh="绿茶", name_en="Green tea", actor_id=None)
    current_shelf()
    with django_assert_num_queries(1):
        tree = category_tree()
    assert [(node.slug, [child.name_en for child in node.children]) for node in tree] == [
        ("tea", ["Green tea"]),
        ("honey", []),
    ]
    assert tree[0].children[0].url.startswith("/catalogue/category/tea/green-tea_")


def test_the_area_data_holds_every_province():
    assert len(provinces()) == 34
    assert is_area("浙江省", "杭州市", "萧山区")
    assert not is_area("浙江省", "宁波市", "萧山区")
    assert areas()[0].name == "北京市"
