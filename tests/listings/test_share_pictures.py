"""The pictures that shared links show: planned and drawn by the worker, under a name that says what they show."""

import logging
import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image, ImageColor

from shop.core import clock
from shop.core.palette import PLACES, place_colour
from shop.listings import share_pictures
from shop.listings.models import Listing, ListingState, ProductPicture
from shop.listings.pictures import FILES, drop_pictures, save_picture, store_derivatives
from shop.listings.share_models import SharePicture
from shop.listings.share_pictures import draw_share_pictures, plan_share_pictures, share_file
from shop.listings.sharing.batch import draw_batch
from shop.listings.sharing.card import draw_share, fitted
from shop.listings.sharing.spec import ShareSpec
from tests.factories import make_product, make_region

BLUE = (20, 40, 200)
NEAR = 12


def jpeg(colour: tuple[int, int, int] = BLUE) -> bytes:
    file = BytesIO()
    Image.new("RGB", (800, 800), colour).save(file, "JPEG", quality=90)
    return file.getvalue()


def spec(**changes: Any) -> ShareSpec:
    values: dict[str, Any] = {
        "shop_name": "远山集",
        "shop_subline": "萧山区消费帮扶",
        "title": "旺苍黄茶",
        "place": "四川省广元市·旺苍",
        "seal": "旺",
        "slug": "wangcang",
        "picture": "a-800.jpg",
        "note": "演示数据",
    }
    return ShareSpec(**(values | changes))


def is_near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...]) -> bool:
    """Say whether a pixel has that colour, as far as JPEG keeps it."""
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= NEAR for a, b in zip(pixel, colour, strict=True))


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    assert (image.format, image.size) == ("JPEG", (1200, 630))
    assert len(data) < 200_000
    return image.convert("RGB")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "a-800.jpg").write_bytes(jpeg())
    return tmp_path


@pytest.mark.parametrize("slug", [*PLACES, "somewhere-new"])
def test_a_product_stands_beside_the_colour_of_its_place(pictures: Path, slug: str) -> None:
    image = opened(draw_share(spec(slug=slug), pictures))
    assert is_near(image, (300, 300), BLUE)
    assert is_near(image, (636, 20), ImageColor.getrgb(place_colour(slug)))
    assert is_near(image, (1190, 10), ImageColor.getrgb("#fbf8f1"))


@pytest.mark.parametrize("place", ["四川省广元市·旺苍", "四川省甘孜藏族自治州·康定", "某" * 17])
def test_no_words_reach_the_edge(pictures: Path, place: str) -> None:
    image = opened(draw_share(spec(place=place, title="茶" * 80), pictures))
    paper = ImageColor.getrgb("#fbf8f1")
    assert all(is_near(image, (1160, y), paper) for y in range(630))


@pytest.mark.parametrize("slug", [*PLACES, ""])
def test_a_place_and_the_shop_stand_on_their_landscape(pictures: Path, slug: str) -> None:
    image = opened(draw_share(spec(slug=slug, picture="", seal="远" if slug else ""), pictures))
    assert is_near(image, (1100, 540), ImageColor.getrgb("#fffdf8"))
    assert not is_near(image, (20, 600), (0, 0, 0))
    if slug:
        assert is_near(image, (128, 444), ImageColor.getrgb(place_colour(slug)))


def test_the_same_spec_gives_the_same_picture_and_a_broken_one_is_named(pictures: Path) -> None:
    (pictures / "broken-800.jpg").write_bytes(b"no picture")
    results = draw_batch([spec(), spec(picture="broken-800.jpg"), spec(picture="missing-800.jpg")], pictures)
    assert results[0] == draw_share(spec(), pictures)
    assert [isinstance(result, OSError) for result in results] == [False, True, True]


def test_a_long_title_gets_smaller_letters_and_at_last_an_ellipsis() -> None:
    assert fitted("旺苍黄茶", 444) == (60, ["旺苍黄茶"], 80)
    size, lines, _distance = fitted("米仓山高山富硒绿茶明前雀舌特级礼盒装双罐", 444)
    assert (size, "".join(lines)) == (60, "米仓山高山富硒绿茶明前雀舌特级礼盒装双罐")
    size, lines, _distance = fitted("茶" * 80, 444)
    assert (size, len(lines), lines[-1][-1]) == (42, 5, "…")


def test_the_drawing_code_knows_no_django() -> None:
    code = "import sys, shop.listings.sharing.card, shop.listings.sharing.batch; sys.exit('django' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.fixture
def folder(settings, tmp_path: Path, db: None) -> Path:
    settings.MEDIA_ROOT, settings.SHOP_BASE_URL = str(tmp_path), "https://shop.example.com"
    return tmp_path / "pictures"


def tea_with_picture(key: str = "tea-001-0a1b", **fields: Any) -> Any:
    product = make_product(**fields)
    picture = save_picture(product_id=product.pk, key=key).row
    store_derivatives([(picture, dict.fromkeys(FILES, jpeg()))])
    return product


def image_of(client: Client, path: str) -> str:
    page = client.get(path).content.decode()
    return re.findall(r'property="og:image" content="https://shop.example.com([^"]*)"', page)[0]


def test_what_is_planned_is_drawn_and_linked_to(folder: Path, client: Client) -> None:
    product = tea_with_picture()
    # Until its own picture is there a link shows the product's photo.
    assert image_of(client, product.get_absolute_url()) == "/media/pictures/tea-001-0a1b-800.jpg"
    # The product, its place, the shop.
    assert (plan_share_pictures(), plan_share_pictures()) == (3, 0)
    assert (draw_share_pictures(), draw_share_pictures()) == (3, 0)
    for path in (product.get_absolute_url(), "/regions/wangcang/", "/", "/catalogue/"):
        page = client.get(path).content.decode()
        assert 'property="og:image:width" content="1200"' in page
        assert 'property="og:image:height" content="630"' in page
        assert 'name="twitter:card" content="summary_large_image"' in page
        opened(b"".join(client.get(image_of(client, path))))
    assert (
        len({image_of(client, path) for path in (product.get_absolute_url(), "/regions/wangcang/", "/")}) == 3
    )
    assert image_of(client, "/") == image_of(client, "/catalogue/")


def test_a_price_is_not_in_it_and_another_title_is_drawn_under_another_name(
    folder: Path, client: Client, django_capture_on_commit_callbacks
) -> None:
    product = tea_with_picture()
    plan_share_pictures()
    draw_share_pictures()
    before = SharePicture.objects.get(product=product)
    Listing.objects.update(price_fen=1)
    assert plan_share_pictures() == 0
    Listing.objects.update(name_zh="旺苍红茶")
    with django_capture_on_commit_callbacks(execute=True):
        assert plan_share_pictures() == 1
    after = SharePicture.objects.get(product=product)
    assert after.key != before.key
    assert after.ready_at is None
    assert not share_file(before.key).exists()
    assert image_of(client, product.get_absolute_url()) == "/media/pictures/tea-001-0a1b-800.jpg"
    assert draw_share_pictures() == 1
    assert image_of(client, product.get_absolute_url()) == f"/media/pictures/{after.key}.jpg"


def test_without_a_picture_a_link_shows_the_place_or_the_shop(folder: Path, client: Client) -> None:
    product = make_product()
    make_region(slug="longquan", name_zh="龙泉市")
    assert "og:image" not in client.get(product.get_absolute_url()).content.decode()
    assert plan_share_pictures() == 3
    draw_share_pictures()
    place = SharePicture.objects.get(place="wangcang")
    assert image_of(client, product.get_absolute_url()) == f"/media/pictures/{place.key}.jpg"
    SharePicture.objects.exclude(place="").delete()
    shop = SharePicture.objects.get()
    assert image_of(client, product.get_absolute_url()) == f"/media/pictures/{shop.key}.jpg"


def test_a_picture_that_cannot_be_drawn_holds_up_no_other(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tea_with_picture()
    (folder / "tea-001-0a1b-800.jpg").write_bytes(b"no picture")
    sound = tea_with_picture("tea-002-0a1b", sku="tea-002", name_zh="旺苍红茶")
    plan_share_pictures()
    caplog.set_level(logging.ERROR)
    assert [draw_share_pictures(limit=2) for _turn in range(3)] == [2, 1, 0]
    assert SharePicture.objects.get(product=broken).ready_at is None
    assert SharePicture.objects.get(product=sound).ready_at is not None
    assert f"the picture {SharePicture.objects.get(product=broken).key} cannot be drawn" in caplog.text


def test_what_is_not_on_sale_waits(folder: Path) -> None:
    tea_with_picture()
    plan_share_pictures()
    Listing.objects.update(state=ListingState.WITHDRAWN)
    assert draw_share_pictures() == 2
    Listing.objects.update(state=ListingState.PUBLISHED)
    assert draw_share_pictures() == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda: Listing.objects.update(state=ListingState.WITHDRAWN),
        lambda: drop_pictures(product_id=ProductPicture.objects.get().product_id, from_position=0),
    ],
)
def test_what_was_taken_away_is_shown_nowhere(
    folder: Path, change: Callable[[], Any], django_capture_on_commit_callbacks
) -> None:
    product = tea_with_picture()
    plan_share_pictures()
    draw_share_pictures()
    file = share_file(SharePicture.objects.get(product=product).key)
    assert file.exists()
    with django_capture_on_commit_callbacks(execute=True):
        change()
        assert plan_share_pictures() == 0
    assert not file.exists()
    assert not SharePicture.objects.filter(product=product).exists()


def test_a_picture_that_is_no_longer_wanted_when_it_is_drawn_leaves_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea_with_picture()
    plan_share_pictures()

    def draw_meanwhile(specs: list[ShareSpec], pictures: Path) -> list[bytes]:
        Listing.objects.update(state=ListingState.WITHDRAWN)
        plan_share_pictures()
        return [b"drawn" for _spec in specs]

    monkeypatch.setattr(share_pictures, "draw_batch", draw_meanwhile)
    draw_share_pictures()
    assert {path.name for path in folder.glob("share-*")} == {
        f"{key}.jpg" for key in SharePicture.objects.values_list("key", flat=True)
    }
    assert SharePicture.objects.count() == 2


def test_a_picture_stays_pending_when_the_process_ends_before_it_is_marked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea_with_picture()
    plan_share_pictures()

    def stop() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(clock, "now", stop)
        with pytest.raises(KeyboardInterrupt):
            draw_share_pictures()
    assert {path.name for path in folder.glob("share-*")} == {
        f"{key}.jpg" for key in SharePicture.objects.values_list("key", flat=True)
    }
    assert not SharePicture.objects.exclude(ready_at=None).exists()
    assert draw_share_pictures() == 3


def test_the_contract_of_product_pictures_is_as_it_was(folder: Path) -> None:
    tea_with_picture()
    plan_share_pictures()
    draw_share_pictures()
    assert ProductPicture.objects.get().key == "tea-001-0a1b"
    own = {path.name for path in folder.iterdir() if not path.name.startswith("share-")}
    assert own == {f"tea-001-0a1b{end}" for end in FILES.values()}
