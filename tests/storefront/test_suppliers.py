"""The public page of a supplier, and the ways that lead to it."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from shop.core import clock
from shop.files.models import StoredFile
from shop.listings.models import Certification
from shop.suppliers.admission_models import DocumentKind, SupplierDocument
from shop.suppliers.models import Supplier
from tests.factories import make_supplier
from tests.forks.shopping import put_in, shiitake, tea
from tests.suppliers.cast import held

pytestmark = pytest.mark.django_db
PAGE = "/suppliers/wangcang-tea/"


def skus(page: Any) -> list[str]:
    return [card.sku for card in page.context["cards"]]


def rows_of(html: str) -> list[tuple[str, str]]:
    """Return the rows of the page's lists as a reader sees them."""
    found = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", html, re.DOTALL)
    return [(label, re.sub(r"<[^>]+>", "", text).strip()) for label, text in found]


def test_the_page_tells_who_sells_and_lists_only_its_goods(client: Client) -> None:
    product = tea()
    tea(sku="tea-002", price_fen=9900)
    shiitake()
    mark = Certification.objects.create(
        code="gi",
        region=product.listing.supplier.region,
        name_zh="米仓山茶",
        scheme="national GI product",
        year="2009",
    )
    mark.products.add(product)
    page = client.get(PAGE)
    assert sorted(skus(page)) == ["tea-001", "tea-002"]
    html = page.content.decode()
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", html) == ["旺苍茶业"]
    assert rows_of(html) == [
        ("主体类型", "农民专业合作社"),
        ("乡镇", "东河镇"),
        ("入驻日期", "2021-01-01"),
        ("在售", "2 件商品"),
        ("产地", "旺苍县 四川省广元市"),
        ("认证", "米仓山茶国家地理标志产品 (2009)"),
    ]
    assert "contact" not in html and "wangcang-tea@supplier.example.com" not in html
    assert skus(client.get(f"{PAGE}?sort=price")) == ["tea-002", "tea-001"]
    assert skus(client.get(f"{PAGE}?sort=-price")) == ["tea-001", "tea-002"]


def test_a_long_list_is_paged_and_keeps_its_order(client: Client) -> None:
    for number in range(25):
        tea(sku=f"tea-{number:03d}", price_fen=10_000 + number)
    page = client.get(f"{PAGE}?sort=price&page=2")
    assert skus(page) == ["tea-024"]
    assert "?sort=price&amp;page=1" in page.content.decode()
    assert skus(client.get(f"{PAGE}?page=nonsense&sort=nonsense"))[0] == "tea-000"


def test_only_licences_that_were_compared_and_hold_are_named_without_number(client: Client) -> None:
    tea()
    until = clock.today() + dt.timedelta(days=100)
    held(make_supplier(), DocumentKind.FOOD_LICENCE, days=100, number="SC114510")
    held(make_supplier(), DocumentKind.BUSINESS_LICENCE, days=-1)
    html = client.get(PAGE).content.decode()
    assert ("食品经营（生产）许可证", f"已由商城核对，有效期至 {until.isoformat()}") in rows_of(html)
    assert "营业执照" not in html
    assert "SC114510" not in html


@pytest.mark.parametrize("state", ["pending", "suspended"])
def test_a_supplier_that_does_not_sell_has_no_page_and_no_link(client: Client, state: str) -> None:
    product = tea()
    address = product.get_absolute_url()
    assert PAGE in client.get(address).content.decode()
    Supplier.objects.update(state=state, suspended_on=clock.today() if state == "suspended" else None)
    assert client.get(PAGE).status_code == 404
    assert PAGE not in client.get(address).content.decode()


REPORT = f"{PAGE}report/"


def test_a_checked_test_report_that_holds_is_open_to_buyers(client: Client) -> None:
    day = clock.today()
    held(make_supplier(), DocumentKind.TEST_REPORT, days=100, number="T-2026-118", issued_on=day)
    assert client.get(PAGE).context["report"] == {
        "text": f"T-2026-118（{day} 出具），供应商提供，商城已核对",
        "url": REPORT,
    }
    file = client.get(REPORT, follow=True)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    "change",
    [
        {"state": "uploaded"},
        {"state": "refused"},
        {"kind": "origin_proof"},
        {"expires_on": dt.date(2020, 1, 1)},
    ],
)
def test_any_other_paper_stays_closed(client: Client, change: dict[str, Any]) -> None:
    report = held(make_supplier(), DocumentKind.TEST_REPORT, days=100, number="T-2026-118")
    SupplierDocument.objects.filter(pk=report.pk).update(**change)
    assert client.get(REPORT).status_code == 404
    page = client.get(PAGE).content.decode()
    assert "T-2026-118" not in page and REPORT not in page


@pytest.mark.parametrize("change", [{"ready_at": None}, {"removed_at": timezone.now()}])
def test_a_report_whose_file_is_not_there_is_not_offered(client: Client, change: dict[str, Any]) -> None:
    report = held(make_supplier(), DocumentKind.TEST_REPORT, days=100, number="T-2026-118")
    StoredFile.objects.filter(pk=report.file_id).update(**change)
    assert client.get(REPORT).status_code == 404
    assert REPORT not in client.get(PAGE).content.decode()


def test_the_report_of_a_supplier_that_may_not_sell_is_closed(client: Client) -> None:
    held(make_supplier(), DocumentKind.TEST_REPORT, days=100, number="T-2026-118")
    assert client.get(REPORT).status_code == 302
    Supplier.objects.update(state="suspended")
    assert client.get(REPORT).status_code == 404


def test_nobody_has_no_page(client: Client) -> None:
    assert client.get("/suppliers/nobody/").status_code == 404


def test_basket_place_and_search_lead_to_the_page(client: Client) -> None:
    product = tea()
    shiitake()
    put_in(client, product)
    assert f'href="{PAGE}"' in client.get("/basket/").content.decode()
    assert f'href="{PAGE}"' in client.get("/regions/wangcang/").content.decode()
    found = client.get("/search/?q=旺苍茶业")
    assert [shop.url for shop in found.context["shops"]] == [PAGE]
    assert f'<a class="chip" href="{PAGE}">' in found.content.decode()
    assert client.get("/search/?q=茶").context["shops"] == ()
    assert client.get("/catalogue/").context["shops"] == ()


def test_a_supplier_without_goods_says_so(client: Client) -> None:
    make_supplier()
    page = client.get(PAGE)
    assert page.status_code == 200
    assert skus(page) == []
    assert "这里还没有商品" in page.content.decode()
