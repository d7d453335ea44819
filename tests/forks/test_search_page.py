"""The page of a search: what could be chosen, what answered, and no dead end."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.listings.models import Listing
from shop.listings.services import index_products, save_category
from tests.factories import make_product, make_region, make_supplier

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf() -> None:
    """Four goods at 20, 45, 45 and 300 yuan of two places and categories."""
    save_category(slug="honey", name_zh="蜂产品", name_en="Bee products", actor_id=None)
    save_category(slug="eggs", name_zh="蛋品", name_en="Eggs", actor_id=None)
    here, there = make_region(), make_region(slug="longquan", name_zh="龙泉市")
    for region, sku, name, category, price in (
        (here, "H-1", "高山土蜂蜜", "honey", 2000),
        (here, "H-2", "高山土蜂蜜 礼盒", "honey", 4500),
        (there, "H-3", "龙泉土蜂蜜", "honey", 4500),
        (there, "E-1", "松花皮蛋", "eggs", 30000),
    ):
        supplier = make_supplier(code=f"s-{sku.lower()}", region=region)
        make_product(supplier=supplier, sku=sku, name_zh=name, category=category, price_fen=price)
    index_products(product_ids=list(Listing.objects.values_list("product_id", flat=True)))


def page(client: Client, address: str) -> str:
    return client.get(address, headers={"accept-language": "zh-hans"}).content.decode()


def test_each_choice_says_how_many_goods_it_leaves(client: Client) -> None:
    found = page(client, "/search/?q=蜜")
    for choice in ("30 元以下", "30–60 元"):
        assert choice in found
    context = client.get("/search/?q=蜜").context
    assert [(one.goods, one.url) for one in context["price_bands"]] == [
        (1, "?q=%E8%9C%9C&max_price=29.99"),
        (2, "?q=%E8%9C%9C&min_price=30&max_price=59.99"),
    ]
    assert [(one.name, one.goods) for one in context["category_choices"]] == [("蜂产品", 3)]
    assert sorted((chip.slug, chip.goods) for chip in context["region_chips"]) == [
        ("", 0), ("longquan", 1), ("wangcang", 2),
    ]  # fmt: skip


def test_a_choice_narrows_and_the_chosen_one_leads_back(client: Client) -> None:
    context = client.get("/search/?q=蜜&min_price=30&max_price=59.99").context
    assert context["result_count"] == 2
    (chosen,) = [one for one in context["price_bands"] if one.is_current]
    assert (chosen.goods, chosen.url) == (2, "?q=%E8%9C%9C")
    assert client.get("/search/?q=蜜&category=eggs").context["result_count"] == 0
    assert client.get("/search/?q=蜜&category=honey").context["result_count"] == 3


def test_a_chosen_category_shows_the_way_back_to_its_parent_and_to_all(client: Client) -> None:
    save_category(slug="honey/comb", name_zh="巢蜜", name_en="Comb honey", actor_id=None)
    make_product(sku="H-4", name_zh="巢蜜", category="honey/comb", price_fen=5000)
    index_products(product_ids=list(Listing.objects.values_list("product_id", flat=True)))

    def choices(address: str) -> list[tuple[str, str, bool, int | None]]:
        context = client.get(address).context
        return [(one.name, one.url, one.is_current, one.goods) for one in context["category_choices"]]

    words = "?q=%E8%9C%9C"
    # Chosen and with categories below it: it stands there, and leads up.
    assert choices("/search/?q=蜜&category=honey") == [
        ("全部分类", words, False, None),
        ("蜂产品", words, True, 4),
        ("巢蜜", f"{words}&category=honey%2Fcomb", False, 1),
    ]
    assert choices("/search/?q=蜜&category=honey/comb") == [
        ("全部分类", words, False, None),
        ("蜂产品", f"{words}&category=honey", False, None),
        ("巢蜜", f"{words}&category=honey", True, 1),
    ]
    # Nothing of the words is in it: the way back is there all the same.
    assert choices("/search/?q=蜜&category=eggs") == [
        ("全部分类", words, False, None),
        ("蛋品", words, True, 0),
        ("蜂产品", f"{words}&category=honey", False, 4),
    ]
    assert choices("/search/?q=蜜&category=no-such")[0] == ("全部分类", words, False, None)
    shown = page(client, "/search/?q=蜜&category=honey/comb")
    assert f'<a href="{words}" class="chip !px-3">全部分类</a>' in shown


@pytest.mark.parametrize("junk", ["abc", "-1", "1.234", "1e99", "１２３x", "NaN", "9" * 30])
def test_what_is_no_price_is_told_and_does_not_filter(client: Client, junk: str) -> None:
    answer = client.get("/catalogue/", {"min_price": junk}, headers={"accept-language": "zh-hans"})
    assert "请填写以元为单位的价格，最多两位小数，例如 30 或 19.9。" in answer.content.decode()
    assert answer.context["result_count"] == 4
    assert 'type="number"' not in answer.content.decode()


def test_what_answers_is_marked_in_the_names(client: Client) -> None:
    assert "高山<mark>土蜂蜜</mark>" in page(client, "/search/?q=土蜂蜜")
    assert "高山土<mark>蜂蜜</mark>" in page(client, "/search/?q=fengmi")
    # Another character of the same sound.
    assert "高山<mark>土蜂蜜</mark>" in page(client, "/search/?q=土锋蜜")
    assert "<mark>" not in page(client, "/catalogue/")


def test_a_slip_says_what_was_answered_instead(client: Client) -> None:
    found = page(client, "/search/?q=fengmo")
    assert "没有找到“fengmo”，以下是“fengmi”的结果。" in found
    assert "高山土<mark>蜂蜜</mark>" in found
    assert "没有找到" not in page(client, "/search/?q=fengmi")


def test_nothing_found_offers_near_words_goods_like_them_and_categories(client: Client) -> None:
    context = client.get("/search/?q=松花旦").context
    assert context["result_count"] == 0
    assert context["nearest"] == [("松花皮蛋", "/search/?q=%E6%9D%BE%E8%8A%B1%E7%9A%AE%E8%9B%8B")]
    assert [card.title for card in context["similar"]] == ["松花皮蛋"]
    assert "蜂产品" in [name for name, _ in context["suggestions"]]


def test_nothing_with_filters_leads_to_all_of_the_words(client: Client) -> None:
    found = page(client, "/search/?q=蜜&min_price=999")
    assert "按现在的筛选，没有“蜜”" in found
    assert 'href="?q=%E8%9C%9C" class="b b-p mt-1">查看全部</a>' in found


def test_twelve_queries_are_enough_for_nothing(client: Client) -> None:
    client.get("/catalogue/")
    for q in ("松花旦", "高山蜂蛋 fnegmy 龙泉茶", "asdfgh"):
        with CaptureQueriesContext(connection) as asked:
            client.get("/search/", {"q": q})
        assert len(asked) <= 12, (q, [one["sql"][:80] for one in asked.captured_queries])
