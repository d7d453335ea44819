"""What is suggested while somebody types."""

import pytest
from django.test import Client
from django.urls import reverse

from shop.listings.models import Listing, ListingState, SearchText
from shop.listings.search_models import Spelling
from shop.listings.selectors import suggestions
from shop.listings.services import index_outdated, index_products, save_category
from shop.listings.spelt import answering, keys_of, spoken_key, typed_key
from tests.factories import make_product, make_region, make_supplier

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def shelf() -> None:
    """Three goods, two of which are packs of one."""
    save_category(slug="honey", name_zh="蜂产品", name_en="Bee products", actor_id=None)
    supplier = make_supplier(code="wc-02", name_zh="枣竹林农业", region=make_region())
    for sku, name in (("H-1", "高山土蜂蜜"), ("H-2", "高山土蜂蜜 礼盒"), ("E-1", "枣林皮蛋")):
        make_product(supplier=supplier, sku=sku, name_zh=name, category="honey")
    Listing.objects.filter(sku="H-1").update(name_en="Mountain honey, 500 g")
    index_products(product_ids=list(Listing.objects.values_list("product_id", flat=True)))


def names(q: str) -> list[tuple[str, str]]:
    return [(one.kind, one.name_zh) for one in suggestions(q)]


HONEY = ("goods", "高山土蜂蜜")


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("土蜂", [HONEY]),
        ("tuf", [HONEY]),
        ("tu feng", [HONEY]),
        ("tfm", [HONEY]),
        ("土feng", [HONEY]),
        ("土峰", [HONEY]),
        ("ＴＦＭ", [HONEY]),
        ("hon", [HONEY]),
        ("feng", [HONEY, ("category", "蜂产品")]),
        ("枣", [("goods", "枣林皮蛋"), ("supplier", "枣竹林农业")]),
        ("zzl", [("supplier", "枣竹林农业")]),
        ("旺", [("region", "旺苍县")]),
        ("engmi", []),
        ("%", []),
        ("", []),
    ],
)
def test_what_begins_as_it_is_typed_is_suggested(shelf: None, q: str, found: list[tuple[str, str]]) -> None:
    assert names(q) == found


def test_a_name_of_one_product_leads_to_it_and_one_of_many_to_all(shelf: None) -> None:
    egg = Listing.objects.get(sku="E-1").product
    assert [(one.pk, one.slug) for one in suggestions("pidan")] == [(egg.pk, egg.slug)]
    assert [one.pk for one in suggestions("tfm")] == [None]


def test_what_is_withdrawn_is_not_suggested(shelf: None) -> None:
    Listing.objects.filter(sku__in=["H-1", "H-2"]).update(state=ListingState.WITHDRAWN)
    assert names("tfm") == []


def test_a_new_name_is_suggested_and_the_old_one_forgotten(shelf: None) -> None:
    ids = list(Listing.objects.values_list("product_id", flat=True))
    Listing.objects.filter(sku="H-1").update(name_zh="枇杷蜜")
    index_products(product_ids=ids)
    assert names("ppm") == [("goods", "枇杷蜜")]
    # The other pack is still called so.
    assert names("tfm") == [HONEY]
    Listing.objects.filter(sku="H-2").update(name_zh="枇杷蜜 礼盒")
    index_products(product_ids=ids)
    assert (names("tfm"), Spelling.objects.filter(ref="高山土蜂蜜").count()) == ([], 0)


def test_the_worker_writes_what_an_older_rule_left(shelf: None) -> None:
    assert index_outdated() == 0
    SearchText.objects.filter(product__listing__sku="H-1").update(form=0, title=" ")
    SearchText.objects.filter(product__listing__sku="E-1").delete()
    assert (index_outdated(), index_outdated()) == (2, 0)
    assert " 蜂蜜 " in SearchText.objects.get(product__listing__sku="H-1").title
    assert SearchText.objects.filter(product__listing__sku="E-1").exists()


def test_the_piece_of_the_page_marks_what_was_typed(shelf: None, client: Client) -> None:
    piece = client.get(reverse("search:suggest"), {"q": "tuf"}).content.decode()
    assert "高山<mark>土蜂</mark>蜜" in piece
    assert f"{reverse('search:search')}?q=%E9%AB%98%E5%B1%B1" in piece
    assert client.get(reverse("search:suggest"), {"q": "<script>"}).content.strip() == b""


def test_six_queries_at_most(shelf: None, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(6):
        suggestions("土feng" + "茶" * 500)


def test_every_way_to_begin_a_text_is_a_key() -> None:
    assert keys_of(["土蜂蜜"]) == {"土蜂蜜", "tufengmi", "tfm", "蜂蜜", "fengmi", "fm", "蜜", "mi"}
    assert keys_of(["Mountain honey"]) == {"mountainhoney", "honey"}


def test_what_is_typed_becomes_a_key() -> None:
    assert [typed_key(q) for q in ("土 蜂", "Tu Feng", "土feng", "！")] == ["土蜂", "tufeng", "tufeng", ""]
    assert [spoken_key(key) for key in ("土蜂", "tufeng")] == ["tufeng", "tufeng"]


@pytest.mark.parametrize(
    ("text", "typed", "stretches"),
    [
        ("高山土蜂蜜", ["土蜂"], ((2, 4),)),
        ("高山土蜂蜜", ["tuf"], ((2, 4),)),
        ("高山土蜂蜜", ["tfm"], ((2, 5),)),
        ("高山土蜂蜜", ["高山", "fengmi"], ((0, 2), (3, 5))),
        ("Mountain Honey", ["honey"], ((9, 14),)),
        ("高山土蜂蜜", ["engmi"], ()),
        ("高山土蜂蜜", [""], ()),
    ],
)
def test_the_letters_that_answer_are_known(
    text: str, typed: list[str], stretches: tuple[tuple[int, int], ...]
) -> None:
    assert answering(text, typed) == stretches
