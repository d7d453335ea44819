"""An English page is in English: what only exists in Chinese says so in its markup."""

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from catalog_seed.loader import load, read
from shop.listings.models import Certification, Listing
from shop.regions.models import PartnerRegion
from shop.storefront.wording import marked
from tests.factories.coupons import make_campaign
from tests.pages import unmarked_chinese
from tests.test_url_matrix import PATTERNS
from tests.url_matrix import ROWS, Who

DATA = Path(__file__).resolve().parents[2] / "catalog_seed" / "data"
#: Every place and class of label, sizes beside each other, packs of several words, chilled and frozen goods.
SKUS = (
    "WC-TEA-001",
    "WC-TEA-002",
    "WC-EGG-001",
    "WC-MEA-001",
    "WC-BOX-001",
    "LQ-FUN-001",
    "LQ-CRF-023",
    "LQ-CRF-024",
    "KD-VEG-001",
    "KD-MEA-001",
    "GZ-CRN-001",
    "LY-BEF-001",
)
#: Words of Oscar's American catalogue that are not ours.
AMERICAN = re.compile(r"\b(?:carts?|catalogs?)\b", re.IGNORECASE)
ENGLISH = {"accept-language": "en"}


@pytest.fixture(scope="module")
def seeded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The seed with few of its products, loaded once and rolled back."""
    folder = tmp_path_factory.mktemp("english") / "seed"
    shutil.copytree(DATA, folder)
    path = folder / "products.csv"
    with path.open(encoding="utf-8", newline="") as opened:
        head, *rows = list(csv.reader(opened))
    with path.open("w", encoding="utf-8", newline="") as opened:
        kept = [row for row in rows if row[0] in SKUS]
        csv.writer(opened, lineterminator="\n").writerows([head, *kept])
    with django_db_blocker.unblock(), transaction.atomic():
        data, faults = read(folder)
        assert faults == []
        load(data)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def page(seeded: None, django_db_blocker: DjangoDbBlocker, settings: Settings) -> Iterator[Client]:
    """A visitor who reads English."""
    settings.SHOP_DEMO = True
    cache.clear()
    with django_db_blocker.unblock():
        yield Client(headers=ENGLISH)


def unmarked(answer, settings: Settings) -> list[str]:
    """Return the unmarked Chinese of a page but the shop's name and sub-line, which have no English ones.

    In the title and in a label nothing can be marked.
    """
    assert answer.status_code == 200
    html = answer.content.decode()
    assert '<html lang="en"' in html
    plain = html.replace(settings.SHOP_NAME, "").replace(settings.SHOP_SUBLINE, "")
    return [text for text in unmarked_chinese(plain) if text]


def test_the_first_page_has_no_unmarked_chinese(page: Client, settings: Settings) -> None:
    assert unmarked(page.get("/"), settings) == []


def test_coupons_have_no_unmarked_chinese_wherever_they_are_offered(page: Client, settings: Settings) -> None:
    product = Listing.objects.get(sku="WC-TEA-001").product
    campaigns = [
        make_campaign(name="全场满减"),
        make_campaign(name="产地优惠", scope="region", region="wangcang"),
        make_campaign(name="精选商品", scope="products", products=("WC-TEA-001",)),
    ]
    pages = ["/", "/coupons/", product.get_absolute_url(), *(f"/coupons/{one.pk}/" for one in campaigns)]
    for address in pages:
        answer = page.get(address)
        assert unmarked(answer, settings) == []
        assert 'class="slip' in answer.content.decode()


def test_lists_have_no_unmarked_chinese(page: Client, settings: Settings) -> None:
    for address in ("/catalogue/", "/catalogue/?region=kangding", "/regions/"):
        assert unmarked(page.get(address), settings) == [], address


def test_the_page_of_every_place_has_no_unmarked_chinese(page: Client, settings: Settings) -> None:
    slugs = list(PartnerRegion.objects.values_list("slug", flat=True))
    assert len(slugs) == 5
    for slug in slugs:
        assert unmarked(page.get(f"/regions/{slug}/"), settings) == [], slug


@pytest.mark.parametrize("sku", SKUS)
def test_the_page_of_a_product_has_no_unmarked_chinese(page: Client, settings: Settings, sku: str) -> None:
    product = Listing.objects.get(sku=sku).product
    assert unmarked(page.get(product.get_absolute_url()), settings) == []


def test_what_has_an_english_name_is_called_by_it(page: Client) -> None:
    html = page.get(Listing.objects.get(sku="WC-TEA-001").product.get_absolute_url()).content.decode()
    for said in (
        "100g/tin",
        "From 10 tins",
        "Shipped from Wangcang by the supplier",
        "To Zhejiang",
        "Micangshan tea",
        "Wangcang County, Guangyuan, Sichuan",
        "Sichuan Micangshan Tea Group Co., Ltd.",
        "Keep sealed in a cool, dry and dark place",
        "example, no number",
    ):
        assert said in html, said
    assert '<span lang="zh-Hans">茶鲜叶</span>' in html


def test_a_name_that_nobody_has_given_in_english_is_marked(page: Client, settings: Settings) -> None:
    with transaction.atomic():
        PartnerRegion.objects.filter(slug="wangcang").update(parent_en="", blurb_en="")
        Certification.objects.update(name_en="")
        place = page.get("/regions/wangcang/")
        product = page.get(Listing.objects.get(sku="WC-TEA-001").product.get_absolute_url())
        transaction.set_rollback(True)
    assert unmarked(place, settings) == []
    assert '<span lang="zh-Hans">四川省广元市</span>' in place.content.decode()
    assert unmarked(product, settings) == []
    assert '<span lang="zh-Hans">米仓山茶</span>' in product.content.decode()


def test_a_chinese_page_marks_nothing(seeded: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        html = Client().get("/regions/wangcang/").content.decode()
    assert '<span lang="zh-Hans">' not in html
    assert "四川省广元市" in html


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain & simple", "plain &amp; simple"),
        ("旺苍县", '<span lang="zh-Hans">旺苍县</span>'),
        ("No. 3 旺苍 2 号, sold", 'No. 3 <span lang="zh-Hans">旺苍 2 号</span>, sold'),
        ("茶<b>", '<span lang="zh-Hans">茶</span>&lt;b&gt;'),
        ("一行。\n二行", '<span lang="zh-Hans">一行。</span>\n<span lang="zh-Hans">二行</span>'),
    ],
)
def test_only_the_chinese_of_a_text_is_marked(text: str, written: str) -> None:
    with translation.override("en"):
        assert marked(text) == written


OPEN = [
    name for name, row in ROWS.items() if row.get[Who.ANONYMOUS] == 200 and not row.owner and name in PATTERNS
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", OPEN)
def test_no_public_page_speaks_oscars_american(name: str) -> None:
    answer = Client(headers=ENGLISH).get(reverse(name))
    if answer.streaming or "html" not in answer["Content-Type"]:
        pytest.skip("not a page")
    text = re.sub(r"<[^>]*>", " ", answer.content.decode())
    assert AMERICAN.findall(text) == []
