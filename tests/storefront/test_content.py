"""Banners, stories and places' texts: staff look at them first, visitors see them at once, and no page asks more."""

import re
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.regions.content_models import Banner, RegionPage, Story
from tests.factories import make_cast, make_region
from tests.forks.shopping import make_categories, tea
from tests.listings.supplier_cast import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = str(tmp_path)
    with time_machine.travel("2026-11-23T02:00:00Z", tick=False):
        yield


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_cast().staff)
    return client


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def form(**changes: Any) -> dict[str, Any]:
    return {
        "slot": "hero",
        "title_zh": "明前春茶\n今日上新",
        "text_zh": "米仓山",
        "link_kind": "category",
        "link_category": "tea",
        "link_region": "wangcang",
        "region": "wangcang",
        "in_season": ["tea"],
        "position": 1,
        "active": "on",
    } | changes


def test_the_first_page_looks_as_it_did_before_anybody_wrote_anything() -> None:
    make_categories()
    tea()
    page = words(Client().get("/"))
    assert "山里的冬藏<br>寄到萧山" in page and "秋冬时令·旺苍" in page and "蜂蜜、天麻、腊味" in page
    assert "shop/img/hero-wangcang" in page and "shop/img/season-wangcang-honey" in page
    assert "来自产地的故事" not in page
    english = words(Client(headers={"accept-language": "en"}).get("/"))
    assert "Stored in the hills,<br>sent to Xiaoshan" in english


def test_a_banner_is_looked_at_first_and_then_stands_at_the_top(staff: Client) -> None:
    make_categories()
    tea()
    before = Banner.objects.count()
    page = words(staff.post("/dashboard/content/banners/new/", form(preview="1")))
    assert "明前春茶<br>今日上新" in page and page.count("<h1") == 1
    assert Banner.objects.count() == before
    staff.post("/dashboard/content/banners/new/", form())
    home = words(Client().get("/"))
    assert "明前春茶<br>今日上新" in home and "山里的冬藏" not in home
    assert re.search(r'href="/catalogue/category/tea_\d+/\?region=wangcang"', home)
    made = Banner.objects.latest("pk")
    staff.post(f"/dashboard/content/banners/{made.pk}/", form(active=""))
    assert "山里的冬藏" in words(Client().get("/"))
    assert "赵运营" in words(staff.get(f"/dashboard/content/banners/{made.pk}/"))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title_zh": ""}, "title_zh"),
        ({"title_zh": "<b>茶</b>"}, "title_zh"),
        ({"link_category": ""}, "link_category"),
        ({"link_category": "no-such"}, "link_category"),
        ({"link_kind": "product", "link_sku": "no-such"}, "link_sku"),
        ({"link_kind": "https://evil.example.com"}, "link_kind"),
        ({"months": ["13"]}, "months"),
        ({"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "ends_on"),
    ],
)
def test_a_wrong_banner_comes_back_at_its_field(staff: Client, wrong: dict[str, Any], field: str) -> None:
    make_categories()
    tea()
    before = Banner.objects.count()
    answer = staff.post("/dashboard/content/banners/new/", form(**wrong))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert Banner.objects.count() == before


def test_a_banner_that_leads_to_what_is_gone_disappears(staff: Client) -> None:
    make_categories()
    product = tea()
    staff.post(
        "/dashboard/content/banners/new/",
        form(slot="promo", title_zh="就是这款茶", link_kind="product", link_sku=product.listing.sku),
    )
    assert "就是这款茶" in words(Client().get("/"))
    product.listing.state = "withdrawn"
    product.listing.save()
    assert "就是这款茶" not in words(Client().get("/"))


def test_texts_and_stories_stand_on_the_places_page(staff: Client) -> None:
    make_region()
    page = words(staff.get("/dashboard/content/places/wangcang/"))
    assert "旺苍县的好物。" in page
    texts = {"intro_zh": "米仓山下。", "intro_en": "Below Micangshan.", "story_zh": "第一段。\n\n第二段 <3"}
    assert "第二段 &lt;3" in words(
        staff.post("/dashboard/content/places/wangcang/", texts | {"preview": "1"})
    )
    assert not RegionPage.objects.exists()
    staff.post("/dashboard/content/places/wangcang/", texts)
    story = {
        "region": "wangcang",
        "title_zh": "采茶人",
        "body_zh": "天不亮就上山。",
        "position": 1,
        "active": "on",
    }
    staff.post("/dashboard/content/stories/new/", story | {"on_home": "on"})
    place = words(Client().get("/regions/wangcang/"))
    assert "<p>米仓山下。</p>" in place and "<p>第二段 &lt;3</p>" in place and "采茶人" in place
    assert "旺苍县的好物。" not in place
    assert "Below Micangshan." in words(Client(headers={"accept-language": "en"}).get("/regions/wangcang/"))
    home = words(Client().get("/"))
    assert "来自产地的故事" in home and f"#story-{Story.objects.get().pk}" in home


@pytest.mark.parametrize("address", ["/", "/regions/wangcang/"])
def test_what_staff_write_costs_a_visitor_no_query(address: str) -> None:
    make_categories()
    tea()
    region = make_region()

    def queries() -> int:
        client = Client()
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        assert not any("regions_banner" in query["sql"] for query in captured)
        return len(captured)

    before = queries()
    RegionPage.objects.create(region=region, story_zh="故事")
    Story.objects.bulk_create(
        Story(region=region, title_zh=f"故事{number}", body_zh="山", on_home=True) for number in range(30)
    )
    Banner.objects.bulk_create(
        Banner(slot="promo", title_zh=f"横幅{number}", link_kind="goods") for number in range(30)
    )
    assert queries() == before


def test_an_old_version_of_a_banner_comes_back_by_one_click(staff: Client) -> None:
    make_categories()
    tea()
    staff.post("/dashboard/content/banners/new/", form())
    made = Banner.objects.latest("pk")
    url = f"/dashboard/content/banners/{made.pk}/"
    staff.post(url, form(title_zh="夏茶"))
    first = staff.get(url).context["versions"][-1]
    assert "恢复这个版本" in words(staff.get(url))
    assert staff.post(url, {"restore": first["pk"]}).status_code == 302
    assert "明前春茶<br>今日上新" in words(Client().get("/"))
    assert "没有变化" in words(staff.post(url, {"restore": first["pk"]}, follow=True))
    for nonsense in ("x", "-1", "9" * 30, "²", "999999"):
        assert staff.post(url, {"restore": nonsense}).status_code == 404, nonsense
    # What the shop began with has no entry of its own.
    hero = Banner.objects.filter(slot="hero").exclude(pk=made.pk).order_by("pk")[0]
    title, url = hero.title_zh, f"/dashboard/content/banners/{hero.pk}/"
    assert staff.get(url).context["first"] == ""
    staff.post(url, form(title_zh="别的"))
    assert staff.get(url).context["first"] == "first"
    staff.post(url, {"restore": "first"})
    hero.refresh_from_db()
    assert hero.title_zh == title


def test_a_picture_is_taken_away_by_the_form_that_shows_it(staff: Client) -> None:
    make_categories()
    tea()
    staff.post("/dashboard/content/banners/new/", form(picture=jpeg()))
    made = Banner.objects.latest("pk")
    url = f"/dashboard/content/banners/{made.pk}/"
    assert made.picture is not None and 'name="drop_picture"' in words(staff.get(url))
    staff.post(url, form(drop_picture="on"))
    assert not Banner.objects.exclude(picture=None).exists()
    assert 'name="drop_picture"' not in words(staff.get(url))
