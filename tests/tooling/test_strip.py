"""The README's strip is compared by what it shows: noise is none of it, another page or a missing picture is."""

import random

from PIL import Image, ImageDraw

from tests.browser import strips


def committed() -> Image.Image:
    with Image.open(strips.README) as strip:
        return strip.convert("RGB")


def test_a_screen_that_shows_another_page_is_told_from_the_others() -> None:
    strip = committed()
    home, product, cashier, supplier, cockpit = strips.screens_of(strip)
    assert strips.joined([home, product, cashier, supplier, cockpit]).size == strip.size
    assert strips.differences(strip, strip) == [0.0] * strips.SCREENS
    mixed = strips.differences(strip, strips.joined([home, cashier, product, supplier, cockpit]))
    assert [share > strips.MOST for share in mixed] == [False, True, True, False, False]
    assert strips.differences(strip, strips.joined([home, product])) == [1.0] * strips.SCREENS


def test_a_missing_picture_is_seen_and_a_few_digits_are_not() -> None:
    strip = committed()
    home, product, *others = strips.screens_of(strip)
    ImageDraw.Draw(product).rectangle((0, 0, 389, 389), fill=strips.PAPER)
    assert strips.differences(strip, strips.joined([home, product, *others]))[1] > strips.MOST
    drawn, chance = strip.copy(), random.Random(1)
    pen = ImageDraw.Draw(drawn)
    for _digit in range(60):
        left, top = chance.randrange(strip.width - 10), chance.randrange(strip.height - 14)
        pen.line((left, top, left + 8, top + 12), fill="#2b2722", width=2)
    assert max(strips.differences(strip, drawn)) <= strips.MOST
