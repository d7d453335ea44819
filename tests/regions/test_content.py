"""What staff write about places and seasons: plain text, kept as versions, pictures made by the worker."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shop.files.models import StoredFile
from shop.files.services import encode_photos
from shop.journal.models import JournalEntry
from shop.regions.content import save_banner, save_region_page, save_story
from shop.regions.content_models import Banner, RegionPage, Story
from shop.regions.content_selectors import read_content
from shop.regions.content_versions import restore_version, versions_of
from shop.regions.exceptions import RegionError
from shop.regions.pictures import make_content_pictures, wide_picture
from tests.factories import make_region
from tests.listings.supplier_cast import jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.data]
STAFF = 7
PAGE = {"intro_zh": "山里的县。", "intro_en": "", "story_zh": "从前……", "story_en": ""}


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def banner(**changes: Any) -> dict[str, Any]:
    return {
        "slot": "promo",
        "months": [],
        "kicker_zh": "",
        "kicker_en": "",
        "title_zh": "春茶节",
        "title_en": "",
        "text_zh": "",
        "text_en": "",
        "link_kind": "goods",
        "link_key": "",
        "link_region": "",
        "region": "",
        "in_season": [],
        "active": True,
        "position": 1,
        "starts_on": None,
        "ends_on": None,
    } | changes


def story(**changes: Any) -> dict[str, Any]:
    return {
        "title_zh": "采茶人",
        "title_en": "",
        "body_zh": "天不亮就上山。",
        "body_en": "",
        "on_home": True,
        "active": True,
        "position": 1,
        "starts_on": None,
        "ends_on": None,
    } | changes


def add(values: dict[str, Any], picture: Any = None, banner_id: int | None = None) -> Banner:
    return save_banner(banner_id=banner_id, values=values, picture=picture, actor_id=STAFF)


def test_the_banners_that_the_shop_begins_with_cover_every_month_once() -> None:
    content = read_content()
    for month in range(1, 13):
        day = dt.date(2026, month, 15)
        assert [len(content.heroes(day)), len(content.promos(day))] == [1, 1], month
    hero = content.heroes(dt.date(2026, 11, 23))[0]
    assert (hero.title_zh, hero.link_key, hero.link_region, hero.art) == (
        "山里的冬藏\n寄到萧山",
        "honey",
        "wangcang",
        "season-wangcang-honey",
    )


def test_every_banner_of_the_beginning_has_its_drawings() -> None:
    folder = Path(__file__).resolve().parents[2] / "shop" / "static" / "shop" / "img"
    wanted = [
        name
        for one in Banner.objects.filter(slot="hero")
        for name in (f"{one.art}.webp", f"hero-{one.region}.svg")
    ]
    assert len(wanted) == 8
    assert [name for name in wanted if not (folder / name).exists()] == []


def test_a_banner_stands_from_its_first_to_its_last_day_before_those_behind_it() -> None:
    add(banner(starts_on=dt.date(2026, 11, 23), ends_on=dt.date(2026, 11, 24)))
    titles = {
        day: [one.title_zh for one in read_content().promos(dt.date(2026, 11, day))]
        for day in (22, 23, 24, 25)
    }
    assert titles == {
        22: ["新年礼盒"],
        23: ["春茶节", "新年礼盒"],
        24: ["春茶节", "新年礼盒"],
        25: ["新年礼盒"],
    }


def test_every_save_is_a_version_and_the_same_again_is_none() -> None:
    made = add(banner())
    add(banner(title_zh="采茶节"), banner_id=made.pk)
    add(banner(title_zh="采茶节"), banner_id=made.pk)
    entries = JournalEntry.objects.filter(object_type="banner", object_key=str(made.pk)).order_by("pk")
    assert [(one.action, one.actor_id) for one in entries] == [
        ("banner.created", STAFF),
        ("banner.changed", STAFF),
    ]
    assert (entries[1].before, entries[1].after) == ({"title_zh": "春茶节"}, {"title_zh": "采茶节"})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title_zh": " "}, "empty"),
        ({"title_zh": "<b>春茶</b>"}, "markup"),
        ({"text_en": "a <script>"}, "markup"),
        ({"slot": "popup"}, "slot"),
        ({"months": [13]}, "months"),
        ({"link_kind": "category"}, "link"),
        ({"link_kind": "url", "link_key": "https://evil.example.com"}, "link"),
        ({"starts_on": dt.date(2026, 2, 2), "ends_on": dt.date(2026, 2, 1)}, "ends_before_start"),
    ],
)
def test_a_banner_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    before = Banner.objects.count()
    with pytest.raises(RegionError) as refused:
        add(banner(**changes), picture=jpeg())
    assert refused.value.code == code
    assert (Banner.objects.count(), StoredFile.objects.count()) == (before, 0)


def test_less_than_is_no_markup() -> None:
    assert add(banner(text_zh="3 < 5，价格 <100 元")).text_zh == "3 < 5，价格 <100 元"


def test_a_picture_is_made_by_the_worker_and_replaced_with_its_files(
    settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    made = add(banner(), picture=jpeg(side=900))
    assert wide_picture(made) is None
    assert make_content_pictures() == 0
    encode_photos()
    assert (make_content_pictures(), make_content_pictures()) == (1, 0)
    made.refresh_from_db()
    urls = wide_picture(made)
    assert urls is not None and urls.large == f"/media/pictures/{made.picture_key}-1200.webp"
    folder = Path(settings.MEDIA_ROOT) / "pictures"
    with Image.open(folder / f"{made.picture_key}-600.webp") as image:
        assert (image.size, dict(image.getexif())) == ((600, 300), {})
    with django_capture_on_commit_callbacks(execute=True):
        add(banner(), picture=jpeg(colour="red"), banner_id=made.pk)
    assert list(folder.iterdir()) == []
    assert StoredFile.objects.exclude(removed_at=None).count() == 1
    made.refresh_from_db()
    assert wide_picture(made) is None


def test_the_texts_of_a_place_are_kept_apart_from_the_catalogues_files() -> None:
    region = make_region()
    save_region_page(region=region, values=PAGE, picture=None, actor_id=STAFF)
    save_region_page(region=region, values=PAGE | {"story_zh": "如今……"}, picture=None, actor_id=STAFF)
    region.refresh_from_db()
    page = RegionPage.objects.get()
    assert (page.intro_zh, page.story_zh, region.blurb_zh) == ("山里的县。", "如今……", "旺苍县的好物。")
    last = JournalEntry.objects.filter(object_type="regionpage", object_key="wangcang").latest("pk")
    assert (last.before, last.after) == ({"story_zh": "从前……"}, {"story_zh": "如今……"})
    with pytest.raises(RegionError):
        save_region_page(region=region, values=PAGE | {"intro_zh": "<img>"}, picture=None, actor_id=STAFF)
    assert RegionPage.objects.get().intro_zh == "山里的县。"


def test_a_story_belongs_to_its_place_and_is_found_by_day() -> None:
    region = make_region()
    made = save_story(story_id=None, region=region, values=story(), picture=None, actor_id=STAFF)
    save_story(
        story_id=made.pk,
        region=region,
        values=story(ends_on=dt.date(2026, 3, 1)),
        picture=None,
        actor_id=STAFF,
    )
    content = read_content()
    assert [one.pk for one in content.stories_of("wangcang", dt.date(2026, 3, 1))] == [made.pk]
    assert content.stories_of("longquan", dt.date(2026, 3, 1)) == []
    assert content.home_stories(dt.date(2026, 3, 2)) == []
    for wrong in ({"body_zh": ""}, {"title_zh": "<i>"}):
        with pytest.raises(RegionError):
            save_story(story_id=None, region=region, values=story(**wrong), picture=None, actor_id=STAFF)
    assert Story.objects.count() == 1


def test_a_picture_is_taken_away_without_another(
    settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    made = add(banner(), picture=jpeg(side=900))
    encode_photos()
    make_content_pictures()
    made.refresh_from_db()
    assert wide_picture(made) is not None
    files = [path for path in Path(settings.MEDIA_ROOT).joinpath("pictures").iterdir() if path.is_file()]
    assert len(files) == 3
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            save_banner(banner_id=made.pk, values=banner(), picture=None, actor_id=STAFF, drop_picture=True)
    made.refresh_from_db()
    assert (made.picture, made.picture_key, wide_picture(made)) == (None, "", None)
    assert not any(path.exists() for path in files)
    assert StoredFile.objects.get().removed_at is not None
    assert [(one.action, one.before, one.after) for one in versions_of(made)[:1]] == [
        ("banner.changed", {"picture": "tea.jpg"}, {"picture": ""})
    ]
    assert versions_of(made).count() == 2


def test_an_old_version_comes_back_as_a_new_one() -> None:
    made = add(banner(months=[3, 4], starts_on=dt.date(2026, 3, 1)))
    add(banner(title_zh="采茶节", months=[], starts_on=None), banner_id=made.pk)
    add(banner(title_zh="夏茶", months=[6], starts_on=None), banner_id=made.pk)
    first = versions_of(made).last()
    assert first is not None
    made.refresh_from_db()
    restore_version(row=made, entry_id=first.pk, actor_id=8)
    made.refresh_from_db()
    assert (made.title_zh, made.months, made.starts_on) == ("春茶节", [3, 4], dt.date(2026, 3, 1))
    latest = versions_of(made)[0]
    assert (versions_of(made).count(), latest.action, latest.actor_id) == (4, "banner.changed", 8)
    assert "恢复" in latest.reason
    with pytest.raises(RegionError) as refused:
        restore_version(row=made, entry_id=first.pk, actor_id=8)
    assert (refused.value.code, versions_of(made).count()) == ("unchanged", 4)


def test_what_the_shop_began_with_comes_back_too() -> None:
    hero = Banner.objects.filter(slot="hero").first()
    assert hero is not None
    before = {name: getattr(hero, name) for name in banner()}
    add({**before, "title_zh": "别的", "in_season": ["tea"]}, banner_id=hero.pk)
    hero.refresh_from_db()
    restore_version(row=hero, entry_id=None, actor_id=STAFF)
    hero.refresh_from_db()
    assert {name: getattr(hero, name) for name in before} == before


def test_stories_and_places_come_back_and_no_version_of_another_piece_does() -> None:
    wangcang, longquan = make_region(slug="wangcang"), make_region(slug="longquan", name_zh="龙泉市")
    made = save_story(story_id=None, region=wangcang, values=story(), picture=None, actor_id=STAFF)
    save_story(
        story_id=made.pk, region=longquan, values=story(body_zh="改过。"), picture=None, actor_id=STAFF
    )
    page = save_region_page(region=wangcang, values=PAGE, picture=None, actor_id=STAFF)
    save_region_page(region=wangcang, values=PAGE | {"intro_zh": "新。"}, picture=None, actor_id=STAFF)
    made.refresh_from_db()
    page.refresh_from_db()
    first_of_story, first_of_page = versions_of(made).last(), versions_of(page).last()
    assert first_of_story is not None and first_of_page is not None
    restore_version(row=made, entry_id=first_of_story.pk, actor_id=STAFF)
    restore_version(row=page, entry_id=first_of_page.pk, actor_id=STAFF)
    made.refresh_from_db()
    page.refresh_from_db()
    assert (made.region, made.body_zh, page.intro_zh) == (wangcang, "天不亮就上山。", "山里的县。")
    with pytest.raises(JournalEntry.DoesNotExist):
        restore_version(row=page, entry_id=first_of_story.pk, actor_id=STAFF)
