"""What search engines and shared links are told: of every public page its one address, of all others nothing."""

import html
import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from oscar.apps.partner.models import StockRecord

from shop.listings.models import Listing, ListingState
from shop.listings.selectors import category_tree
from shop.listings.services.prices import set_price
from shop.storefront import pieces
from shop.storefront.presenters import sitemap
from shop.suppliers.models import Supplier
from tests.certificates.cast import confirmed, places
from tests.factories import make_cast, make_hold_rules, make_organisation, make_region, make_supplier
from tests.forks.shopping import make_categories, put_in, shiitake, tea
from tests.ledger.closers import close, make_closers

pytestmark = pytest.mark.django_db
BASE = "https://shop.example.com"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def a_real_shop(settings) -> None:
    settings.SHOP_DEMO, settings.SHOP_BASE_URL = False, BASE


@pytest.fixture
def goods() -> list[Any]:
    make_categories()
    return [tea(category="tea/green-tea"), shiitake()]


def text_of(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return answer.content.decode()


def head_of(page: str) -> dict[str, str]:
    """Return what the head says, by name, property or rel."""
    head = page.partition("</head>")[0]
    found = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', head))
    found |= dict(re.findall(r'<link rel="(canonical)" href="([^"]*)"', head))
    found["title"] = re.findall("<title>(.*?)</title>", head)[0]
    assert len(re.findall('rel="canonical"', head)) <= 1
    assert len(re.findall('name="robots"', head)) <= 1
    return {name: html.unescape(value) for name, value in found.items()}


def data_of(page: str) -> dict[str, dict[str, Any]]:
    """Return the things of schema.org on a page, by their type."""
    texts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    things = [json.loads(text) for text in texts]
    assert all(thing["@context"] == "https://schema.org" for thing in things)
    return {thing["@type"]: thing for thing in things}


PUBLIC: dict[str, Callable[[list[Any]], str]] = {
    "home": lambda goods: "/",
    "everything": lambda goods: "/catalogue/",
    "a category": lambda goods: category_tree()[0].url,
    "a category below": lambda goods: category_tree()[0].children[0].url,
    "a supplier": lambda goods: "/suppliers/wangcang-tea/",
    "a product": lambda goods: goods[0].get_absolute_url(),
    "the places": lambda goods: "/regions/",
    "a place": lambda goods: "/regions/longquan/",
    "the method": lambda goods: "/method/",
    "the terms": lambda goods: "/terms/",
    "privacy": lambda goods: "/privacy/",
    "verifying": lambda goods: "/verify/",
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_names_its_one_address_and_what_it_is(
    client: Client, goods: list[Any], name: str
) -> None:
    path = PUBLIC[name](goods)
    head = head_of(text_of(client, path))
    assert "robots" not in head
    assert head["canonical"] == head["og:url"] == BASE + path
    assert head["og:site_name"] == "远山集"
    assert head["og:title"]
    assert head["description"] == head["og:description"] != ""
    assert head["twitter:card"] == "summary"


def test_titles_tell_the_pages_apart(client: Client, goods: list[Any]) -> None:
    titles = [head_of(text_of(client, path(goods)))["title"] for path in PUBLIC.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    "path",
    [
        "/search/?q=茶",
        "/search/?q=洗衣机",
        "/catalogue/?region=longquan",
        "/catalogue/?sort=-price",
        "/catalogue/?max_price=100",
        "/catalogue/?in_stock=on",
        "/catalogue/?supplier=nobody",
        "/catalogue/?supplier=wangcang-tea",
        "/suppliers/wangcang-tea/?sort=price",
        "/basket/",
        "/account/",
        "/orders/",
        "/join/",
        reverse("account_login"),
        reverse("account_signup"),
    ],
)
def test_narrowed_lists_and_personal_pages_are_not_to_be_found(
    client: Client, goods: list[Any], path: str
) -> None:
    page = text_of(client, path)
    head = head_of(page)
    assert head["robots"] == "noindex"
    assert "canonical" not in head
    assert not [name for name in head if name.startswith("og:")]
    assert data_of(page) == {}


def test_neither_is_a_checkout(client: Client, goods: list[Any]) -> None:
    make_hold_rules()
    put_in(client, goods[0])
    assert head_of(text_of(client, "/checkout/"))["robots"] == "noindex"


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("staff", "operations:desk"),
        ("staff", "operations:journal"),
        ("supplier_user", "fulfilment:supplier_orders"),
        ("supplier_user", "fulfilment:goods"),
        ("union_buyer", "storefront:unit_home"),
    ],
)
def test_places_of_work_are_not_to_be_found(client: Client, who: str, name: str) -> None:
    cast = make_cast(supplier=make_supplier())
    make_organisation(buyer=cast.union_buyer, approver=cast.union_approver)
    client.force_login(getattr(cast, who))
    assert head_of(text_of(client, reverse(name)))["robots"] == "noindex"


def test_what_is_not_there_is_not_to_be_found(client: Client) -> None:
    assert head_of(client.get("/regions/nowhere/").content.decode())["robots"] == "noindex"


def test_further_pages_of_a_list_stand_for_themselves(client: Client) -> None:
    for number in range(25):
        tea(sku=f"tea-{number:03d}")
    first, second = (head_of(text_of(client, f"/catalogue/?page={page}")) for page in (1, 2))
    assert (first["title"], first["canonical"]) == ("全部 · 远山集", f"{BASE}/catalogue/")
    assert (second["title"], second["canonical"]) == ("全部 · 第 2 页 · 远山集", f"{BASE}/catalogue/?page=2")
    beyond = head_of(text_of(client, "/catalogue/?page=99&utm_source=x"))
    assert beyond["canonical"] == f"{BASE}/catalogue/?page=2"
    place = head_of(text_of(client, "/regions/wangcang/?page=2"))
    assert place["title"] == "旺苍县 · 第 2 页 · 远山集"
    assert place["canonical"] == f"{BASE}/regions/wangcang/?page=2"
    supplier = head_of(text_of(client, "/suppliers/wangcang-tea/?page=2"))
    assert supplier["canonical"] == f"{BASE}/suppliers/wangcang-tea/?page=2"


def test_a_product_is_offered_at_the_price_of_its_page(client: Client, goods: list[Any]) -> None:
    page = text_of(client, goods[0].get_absolute_url())
    product = data_of(page)["Product"]
    assert client.get(goods[0].get_absolute_url()).context["product"].price_fen == 12800
    assert product["name"] == "旺苍黄茶"
    assert product["sku"] == "tea-001"
    assert product["brand"] == {"@type": "Brand", "name": "旺苍茶业"}
    assert product["category"] == "茶叶 > 绿茶"
    assert product["offers"] == {
        "@type": "Offer",
        "url": BASE + goods[0].get_absolute_url(),
        "price": "128.00",
        "priceCurrency": "CNY",
        "availability": "https://schema.org/InStock",
        "itemCondition": "https://schema.org/NewCondition",
        "seller": {"@type": "Organization", "name": "旺苍茶业"},
    }


def test_the_way_to_a_page_is_told(client: Client, goods: list[Any]) -> None:
    steps = data_of(text_of(client, goods[0].get_absolute_url()))["BreadcrumbList"]["itemListElement"]
    assert [(step["position"], step["name"]) for step in steps] == [
        (1, "首页"),
        (2, "茶叶"),
        (3, "绿茶"),
        (4, "旺苍黄茶"),
    ]
    assert steps[0]["item"] == f"{BASE}/"
    assert steps[-1]["item"] == BASE + goods[0].get_absolute_url()
    for step in steps:
        assert client.get(step["item"].removeprefix(BASE)).status_code == 200
    below = data_of(text_of(client, category_tree()[0].children[0].url))["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in below] == ["首页", "全部", "茶叶", "绿茶"]


def test_the_first_page_says_who_the_shop_is_and_where_its_search_is(client: Client) -> None:
    things = data_of(text_of(client, "/"))
    assert things["Organization"]["name"] == "远山集"
    action = things["WebSite"]["potentialAction"]
    assert action["target"]["urlTemplate"] == f"{BASE}/search/?q={{search_term_string}}"


def test_a_kept_page_tells_at_once_what_is_left_and_what_it_costs(client: Client, goods: list[Any]) -> None:
    address = goods[0].get_absolute_url()

    def offer() -> tuple[str, str]:
        page = text_of(client, address)
        assert pieces._SECRET not in page
        said = data_of(page)["Product"]["offers"]
        return said["availability"].rsplit("/", 1)[1], said["price"]

    assert offer() == offer() == ("InStock", "128.00")
    StockRecord.objects.filter(product=goods[0]).update(num_allocated=10)
    assert offer() == ("OutOfStock", "128.00")
    StockRecord.objects.filter(product=goods[0]).update(num_allocated=9)
    set_price(sku="tea-001", price_fen=1_280_05, expected_fen=12800, actor_id=None)
    assert offer() == ("InStock", "1280.05")


def test_what_is_not_sold_any_more_is_not_offered(client: Client, goods: list[Any]) -> None:
    Listing.objects.update(state=ListingState.WITHDRAWN)
    page = text_of(client, goods[0].get_absolute_url())
    assert head_of(page)["robots"] == "noindex"
    assert data_of(page) == {}


def test_a_producer_without_a_contract_is_not_said_to_sell(client: Client, goods: list[Any]) -> None:
    Supplier.objects.update(is_sourced=True)
    product = data_of(text_of(client, goods[0].get_absolute_url()))["Product"]
    assert product["offers"]["seller"]["name"] == "远山集"


def test_no_name_can_end_the_data_it_stands_in(client: Client) -> None:
    name = '茶</script><b>&amp;"'
    page = text_of(client, tea(name_zh=name).get_absolute_url())
    assert "</script><b>" not in page
    assert data_of(page)["Product"]["name"] == name
    assert head_of(page)["og:title"] == name


def test_the_head_speaks_the_visitors_language(client: Client, goods: list[Any]) -> None:
    address = PUBLIC["a category"](goods)
    text_of(client, address)
    head = head_of(text_of(client, address, **{"accept-language": "en"}))
    assert (head["og:title"], head["canonical"]) == ("tea", BASE + address)


def test_a_demonstration_is_not_to_be_found_but_shows_what_a_shop_would_say(
    client: Client, settings, goods: list[Any]
) -> None:
    settings.SHOP_DEMO = True
    for path in PUBLIC.values():
        head = head_of(text_of(client, path(goods)))
        assert head["robots"] == "noindex"
        assert head["canonical"] == BASE + path(goods)
    assert text_of(client, "/robots.txt") == "User-agent: *\nDisallow: /\n"


def test_robots_are_told_where_not_to_look_and_where_the_addresses_are(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert lines[-1] == f"Sitemap: {BASE}/sitemap.xml"
    private = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    assert {"/basket/", "/checkout/", "/account/", "/orders/", "/dashboard/", "/supplier/", "/unit/"} <= set(
        private
    )
    public = ("/", "/catalogue/", "/regions/", "/method/", "/terms/", "/privacy/", "/verify/", "/media/")
    assert not [path for path in public if path.startswith(tuple(private))]


def locations(client: Client, path: str) -> list[str]:
    """Return the addresses of a sitemap, whole ones."""
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    root = ElementTree.fromstring(answer.content)
    item = {f"{SPACE}sitemapindex": f"{SPACE}sitemap", f"{SPACE}urlset": f"{SPACE}url"}[root.tag]
    assert {child.tag for child in root} <= {item}
    for child in root:
        assert [part.tag for part in child] in ([f"{SPACE}loc"], [f"{SPACE}loc", f"{SPACE}lastmod"])
    return [f"{child.findtext(f'{SPACE}loc')}" for child in root]


def all_locations(client: Client) -> list[str]:
    files = locations(client, "/sitemap.xml")
    return [address for file in files for address in locations(client, file.removeprefix(BASE))]


def test_every_address_of_the_sitemap_is_there_and_is_its_own(client: Client, goods: list[Any]) -> None:
    shiitake(sku="gone", state=ListingState.WITHDRAWN)
    found = all_locations(client)
    assert len(set(found)) == len(found)
    assert {BASE + path(goods) for path in PUBLIC.values()} <= set(found)
    assert not [address for address in found if "gone" in address]
    for address in found:
        assert address.startswith(f"{BASE}/")
        head = head_of(text_of(client, address.removeprefix(BASE)))
        assert (head["canonical"], head.get("robots")) == (address, None)


def test_closed_months_are_listed_with_their_day(client: Client) -> None:
    places()
    confirmed(1, 500, day="2025-11-08", demo=False)
    confirmed(2, 700, day="2025-11-09")
    statements = close("2025-11", make_closers())
    statement = next(one for one in statements if not one.demo)
    other = next(one for one in statements if one.demo)
    text = text_of(client, "/sitemap-pages-1.xml")
    file = f"{BASE}/regions/statements/{statement.number}/"
    assert f"<loc>{file}</loc><lastmod>2025-12-03T04:00:00+00:00</lastmod>" in text
    assert other.number not in text
    assert client.get(file.removeprefix(BASE)).status_code == 200


def test_a_file_holds_so_many_addresses_and_no_more(
    client: Client, goods: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = all_locations(client)
    monkeypatch.setattr(sitemap, "MOST", 1)
    files = locations(client, "/sitemap.xml")
    assert files == [f"{BASE}/sitemap-pages-{n}.xml" for n in range(1, len(whole) - 1)] + [
        f"{BASE}/sitemap-goods-{n}.xml" for n in (1, 2)
    ]
    assert all_locations(client) == whole
    for path in ("/sitemap-goods-3.xml", "/sitemap-goods-0.xml", "/sitemap-people-1.xml"):
        assert client.get(path).status_code == 404


def test_a_product_is_dated_by_its_last_change(client: Client, goods: list[Any]) -> None:
    assert "<lastmod>" not in text_of(client, "/sitemap-goods-1.xml")
    set_price(sku="tea-001", price_fen=100, expected_fen=12800, actor_id=None)
    address = re.escape(BASE + goods[0].get_absolute_url())
    assert re.search(
        rf"<loc>{address}</loc><lastmod>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d[+]",
        text_of(client, "/sitemap-goods-1.xml"),
    )


@pytest.mark.parametrize(
    "path", ["/", "/catalogue/", "/regions/", "/robots.txt", "/sitemap.xml", "/sitemap-goods-1.xml"]
)
def test_a_forged_host_is_repeated_nowhere(client: Client, goods: list[Any], path: str) -> None:
    make_region()
    text = text_of(client, path, host="evil.example")
    assert "evil.example" not in text
    assert BASE in text


def test_neither_on_the_page_of_a_product(client: Client, goods: list[Any]) -> None:
    assert "evil.example" not in text_of(client, goods[0].get_absolute_url(), host="evil.example")
