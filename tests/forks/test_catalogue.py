import re

import pytest
from django.test import Client
from oscar.apps.analytics.models import ProductRecord
from oscar.apps.catalogue.models import Product
from oscar.apps.partner.models import StockRecord

from shop.fulfilment.models import FulfilmentRule
from shop.listings.models import (
    Certification,
    FreightRate,
    FreightTemplate,
    Listing,
    ListingState,
    ProductOrigin,
    ReturnRule,
)
from shop.listings.selectors import category_tree
from shop.listings.services.indexing import index_product
from shop.suppliers.models import Supplier
from tests.factories import make_price_tier, make_region, make_target
from tests.forks.shopping import make_categories, put_in, shiitake, tea

pytestmark = pytest.mark.django_db


def titles(answer) -> list[str]:
    return [card.title for card in answer.context["cards"]]


def test_all_goods_one_category_and_one_place(client: Client) -> None:
    make_categories()
    tea(category="tea/green-tea")
    shiitake()
    assert titles(client.get("/catalogue/")) == ["旺苍黄茶", "龙泉香菇"]
    page = client.get(category_tree()[0].url)
    assert titles(page) == ["旺苍黄茶"]
    assert [child.name for child in page.context["children"]] == ["绿茶"]
    assert [item.name for item in page.context["rail"] if item.is_current] == ["茶叶"]
    assert titles(client.get("/catalogue/?region=longquan")) == ["龙泉香菇"]


def test_until_something_is_chosen_every_category_is_offered_beside_the_first_level(client: Client) -> None:
    make_categories()
    tea(category="tea/green-tea")
    page = client.get("/catalogue/")
    shown = [(group.top.name, [child.name for child in group.children]) for group in page.context["groups"]]
    # A category without any below it stands for itself.
    assert shown == [("茶叶", ["绿茶"]), ("菌菇", ["菌菇"])]
    html = page.content.decode()
    below = category_tree()[0].children[0].url
    assert html.index('class="rail') < html.index(f'href="{below}"') < html.index('id="goods"')
    for chosen in ("?region=wangcang", "?sort=price", "?in_stock=on", "?page=1"):
        page = client.get(f"/catalogue/{chosen}")
        assert (page.context["groups"], f'href="{below}"' in page.content.decode()) == ((), False), chosen
    assert client.get(category_tree()[0].url).context["groups"] == ()


def test_an_old_address_leads_to_the_present_one(client: Client) -> None:
    make_categories()
    product = tea()
    category = category_tree()[0]
    for old, new in (
        (f"/catalogue/old-name_{product.pk}/", product.get_absolute_url()),
        (f"/catalogue/category/old_{category.pk}/", category.url),
    ):
        answer = client.get(old)
        assert (answer.status_code, answer["Location"]) == (301, new)


@pytest.mark.parametrize("url", ["/catalogue/x_999/", "/catalogue/category/x_999/", "/regions/nowhere/"])
def test_what_does_not_exist_is_not_found(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


def test_drafts_are_not_shown_and_withdrawn_goods_cannot_be_bought(client: Client) -> None:
    product = tea(state=ListingState.DRAFT)
    assert client.get(product.get_absolute_url()).status_code == 404
    Listing.objects.update(state=ListingState.WITHDRAWN)
    page = client.get(product.get_absolute_url())
    assert page.context["stock_text"] == "已下架"
    assert not page.context["product"].is_available


def test_filters_narrow_and_wrong_ones_are_named(client: Client) -> None:
    tea()
    shiitake(stock=0)
    assert titles(client.get("/catalogue/?max_price=100")) == ["龙泉香菇"]
    assert titles(client.get("/catalogue/?in_stock=on")) == ["旺苍黄茶"]
    page = client.get("/catalogue/?min_price=100&max_price=5")
    assert page.context["filter_form"].errors == {"max_price": ["最高价低于最低价。"]}
    assert titles(client.get("/catalogue/?min_price=x")) == ["旺苍黄茶", "龙泉香菇"]


@pytest.mark.parametrize("query", ["sort=-price", "sort=nonsense", "page=99999999999", "page=-1"])
def test_no_address_breaks_the_list(client: Client, query: str) -> None:
    tea()
    assert client.get(f"/catalogue/?{query}").status_code == 200


def test_a_nul_is_refused_as_no_database_would_take_it(client: Client) -> None:
    assert client.get("/catalogue/?region=%00").status_code == 400


def test_search_finds_by_word_and_offers_a_way_on(client: Client) -> None:
    make_categories()
    index_product(product_id=tea().pk)
    assert titles(client.get("/search/?q=黄茶")) == ["旺苍黄茶"]
    nothing = client.get("/search/?q=洗衣机")
    assert titles(nothing) == []
    assert nothing.context["suggestions"][0] == ("全部", "/catalogue/#goods")
    assert client.get("/search/?q=%20")["Location"] == "/catalogue/"


def test_the_product_page_says_price_tiers_freight_and_returns(client: Client) -> None:
    product = shiitake(return_rule=ReturnRule.NO_RETURN_FRESH)
    make_price_tier(product=product, min_quantity=10, price_fen=5000)
    context = client.get(product.get_absolute_url()).context
    assert context["product"].price_fen == 5600
    assert [(tier.min_quantity, tier.price_fen) for tier in context["tiers"]] == [(10, 5000)]
    texts = [promise.text for promise in context["promises"]]
    assert "付款后 48 小时内由供应商从龙泉发出" in texts
    assert "送至浙江省，一件运费 ¥8.00" in texts
    assert any(text.startswith("生鲜不支持无理由退货") for text in texts)


def test_the_page_has_a_bar_that_leads_to_its_parts_and_the_exceptions_of_returns(client: Client) -> None:
    product = tea()
    Product.objects.update(description="春茶，一芽一叶。")
    page = client.get(product.get_absolute_url())
    html = page.content.decode()
    assert re.findall('<a class="jump" href="#([a-z]+)">([^<]+)</a>', html) == [
        ("details", "详情"),
        ("particulars", "参数"),
        ("reviews", "评价"),
    ]
    assert [html.count(f'id="{part}"') for part in ("details", "particulars", "reviews")] == [1, 1, 1]
    [url] = [promise.url for promise in page.context["promises"] if promise.url]
    assert f'href="{url}"' in html
    assert url == "/terms/#returns"
    assert client.get("/terms/").content.decode().count('id="returns"') == 1


def test_the_province_is_chosen_on_the_page_and_kept_for_the_basket(client: Client) -> None:
    product = shiitake()
    template = FreightTemplate.objects.get(supplier__code="longquan-fungi")
    FreightRate.objects.create(template=template, province="四川省", first_kg_fen=1500)
    address = product.get_absolute_url()

    def freight() -> str:
        return next(one.text for one in client.get(address).context["promises"] if one.province)

    assert freight() == "送至浙江省，一件运费 ¥8.00"
    answer = client.post("/province/", {"province": "四川省", "next": address})
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert freight() == "送至四川省，一件运费 ¥15.00"
    html = client.get(address).content.decode()
    assert re.findall(r'<option value="([^"]+)" selected>', html) == ["四川省"]
    put_in(client, product)
    assert client.get("/basket/").context["freight_fen"] == 1500
    refused = client.post("/province/", {"province": "四川", "next": "//evil.example.com/"}, follow=True)
    assert refused.redirect_chain == [("/", 302)]
    assert "请在列表中选择省份。" in refused.content.decode()
    assert freight() == "送至四川省，一件运费 ¥15.00"


def test_packs_say_what_they_cost_and_how_many_are_left(client: Client) -> None:
    tin = tea()
    box = tea(sku="tea-002", name_zh="旺苍黄茶 礼盒", price_fen=30000, stock=4)
    tea(sku="tea-003", name_zh="旺苍黄茶 散装", stock=0)
    make_price_tier(product=box, min_quantity=3, price_fen=28000)
    html = client.get(tin.get_absolute_url()).content.decode()
    packs = re.findall(r'data-pack="(\d+)" data-add="([^"]+)" data-prices="([^"]+)"', html)
    # What is sold out stays a link to its own page.
    assert packs == [
        (str(tin.pk), f"/basket/add/{tin.pk}/", "1:12800"),
        (str(box.pk), f"/basket/add/{box.pk}/", "1:30000 3:28000"),
    ]
    left = re.findall(r'<data value="(\d+)" data-left="(\d+)" hidden>([^<]+)</data>', html)
    assert left[:2] == [("10", str(tin.pk), "库存 10"), ("4", str(box.pk), "库存 4")]
    assert left[2][::2] == ("0", "售罄")
    StockRecord.objects.filter(product=box).update(num_in_stock=2)
    assert (
        f'<data value="2" data-left="{box.pk}" hidden>库存 2</data>'
        in client.get(tin.get_absolute_url()).content.decode()
    )


def test_the_contribution_is_the_price_and_only_where_it_counts(client: Client) -> None:
    product = tea()
    make_target(region=make_region(), year=2026)
    contribution = client.get(product.get_absolute_url()).context["contribution"]
    assert contribution.fen == 12800
    ProductOrigin.objects.update(claim_state="pending")
    assert client.get(product.get_absolute_url()).context["contribution"] is None


def test_a_producer_known_from_public_sources_is_said_to_be_no_supplier(client: Client) -> None:
    product = tea()
    Supplier.objects.update(is_sourced=True)
    page = client.get(product.get_absolute_url())
    assert "公开资料所载生产者，非签约供应商（演示）" in page.content.decode()


def test_certificates_are_named(client: Client) -> None:
    product = tea()
    certificate = Certification.objects.create(
        code="gi:tea", region=make_region(), name_zh="米仓山茶", scheme="national GI product", year="2009"
    )
    certificate.products.add(product)
    page = client.get(product.get_absolute_url()).content.decode()
    assert "米仓山茶·国家地理标志产品 (2009)" in page


def test_reading_writes_no_view_count(client: Client) -> None:
    client.get(tea().get_absolute_url())
    assert ProductRecord.objects.count() == 0


def test_a_kept_page_shows_each_visitor_what_is_left_and_their_own_basket(client: Client) -> None:
    product = tea()
    other = Client()
    address = product.get_absolute_url()
    assert "库存 10<" in client.get(address).content.decode()
    put_in(client, product, 3)
    StockRecord.objects.filter(product=product).update(num_in_stock=4)
    mine, others = client.get(address).content.decode(), other.get(address).content.decode()
    assert '<span class="dot">1</span>' in mine
    assert '<span class="dot">' not in others
    for page in (mine, others):
        assert "库存 4<" in page
        assert 'max="4"' in page
        assert f'name="next" value="{address}"' in page
    assert tokens(mine).isdisjoint(tokens(others))
    assert client.cookies["csrftoken"].value != other.cookies["csrftoken"].value


def test_a_kept_page_speaks_the_visitors_language(client: Client) -> None:
    address = tea().get_absolute_url()
    client.get(address)
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "Add to basket" in page
    assert "加入购物车" not in page


def test_new_terms_of_shipping_are_told_at_once(client: Client) -> None:
    address = tea().get_absolute_url()
    assert "付款后 48 小时内" in client.get(address).content.decode()
    FulfilmentRule.objects.update(ship_within_hours=24)
    assert "付款后 24 小时内" in client.get(address).content.decode()


def tokens(page: str) -> set[str]:
    """Return the tokens in the forms of a page."""
    return set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page))
