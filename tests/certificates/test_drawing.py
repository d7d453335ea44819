"""The picture: same words, same pixels; the square code is the one of its address."""

from io import BytesIO

import pytest
import segno
from PIL import Image, ImageColor

from shop.certificates.drawing.batch import draw_batch
from shop.certificates.drawing.card import draw_certificate, headline
from shop.certificates.drawing.spec import ImageSpec, PlaceLine
from shop.core.palette import PLACES as COLOURS
from shop.core.palette import place_colour
from shop.storefront.templatetags.shop_tags import REGION_SEALS

INK = (43, 39, 34)
PLACES = (
    PlaceLine("wangcang", "旺", "四川省广元市·旺苍", "旺苍", 128_400),
    PlaceLine("longquan", "龙", "浙江省丽水市·龙泉", "龙泉", 69_600),
)


def spec(places: tuple[PlaceLine, ...] = PLACES, fen: int = 198_000) -> ImageSpec:
    return ImageSpec(
        shop_name="远山集",
        shop_subline="萧山区消费帮扶",
        year=2026,
        fen=fen,
        orders=11,
        as_of="2026-11-22",
        code="7K3M 9Q2X 4TPC",
        link="https://market.example/verify/7K3M9Q2X4TPC/",
        demo=True,
        places=places,
    )


def picture(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def test_the_same_certificate_gives_the_same_picture() -> None:
    assert draw_batch([spec()]) == [draw_certificate(spec())]


def test_the_square_code_is_that_of_the_address() -> None:
    matrix = segno.make(spec().link, error="m", micro=False).matrix
    module = 198 // len(matrix)
    top = 1440 - 64 - 48 - module * len(matrix)
    drawn = picture(draw_certificate(spec()))
    read = [
        [
            drawn.getpixel((144 + along * module + module // 2, top + down * module + module // 2)) == INK
            for along in range(len(matrix))
        ]
        for down in range(len(matrix))
    ]
    assert read == [[bool(dark) for dark in row] for row in matrix]


@pytest.mark.parametrize("slug", [*COLOURS, "somewhere-new"])
def test_every_place_has_its_landscape_and_its_colour(slug: str) -> None:
    place = PlaceLine(slug, "远", "某省某市·远县", "远县", 100)
    drawn = picture(draw_certificate(spec((place,))))
    assert drawn.size == (1080, 1440)
    # The edge of the place's seal, and the ground beside the card down to the last row.
    assert drawn.getpixel((148, 822)) == ImageColor.getrgb(place_colour(slug))
    assert drawn.getpixel((20, 1439)) == drawn.getpixel((1060, 1400)) != (0, 0, 0)


def test_the_colours_are_drawn_for_every_place_that_has_a_seal() -> None:
    assert set(COLOURS) == set(REGION_SEALS)


def test_the_headline_counts_the_places() -> None:
    assert headline(PLACES) == ("把两处远山的收成，", "请进了萧山的家")
    assert headline(PLACES[:1])[0] == "把旺苍的收成，"
    assert headline(PLACES * 6)[0] == "把各处远山的收成，"


def test_a_large_sum_and_many_places_stay_on_the_card() -> None:
    five = tuple(
        PlaceLine(slug, "远", "四川省甘孜藏族自治州·远县", "远县", 99_999_999_99) for slug in COLOURS
    )
    drawn = picture(draw_certificate(spec(five, fen=499_999_999_95)))
    card = (255, 253, 248)
    assert {drawn.getpixel((x, y)) for x in (80, 100, 938, 1000) for y in range(800, 1090, 7)} == {card}
