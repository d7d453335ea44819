"""The README's strip of first screens: how it is put together, and whether two of them show the same pages.

Two visits never give the same picture: order numbers, days and the time left differ, and so do the edges of a font. So
patches are compared by how dark they are, which a digit hardly changes and another page, picture or layout does.
"""

from collections.abc import Sequence

from PIL import Image, ImageChops

from tests.database import ROOT

README = ROOT / "docs" / "img" / "strip.webp"
PAPER, GAP = "#e9e1d0", 24
SCREEN_WIDTH, SCREENS = 390, 5
#: Pixels to a side of a patch, and by how many of 255 levels a patch is another one.
PATCH, LEVELS = 26, 20
#: The share of a screen's patches that may be others.
MOST = 0.1


def joined(screens: Sequence[Image.Image]) -> Image.Image:
    """Return the screens side by side."""
    width = sum(screen.width for screen in screens) + GAP * (len(screens) + 1)
    strip = Image.new("RGB", (width, screens[0].height + 2 * GAP), PAPER)
    left = GAP
    for screen in screens:
        strip.paste(screen.convert("RGB"), (left, GAP))
        left += screen.width + GAP
    return strip


def screens_of(strip: Image.Image) -> list[Image.Image]:
    """Return the screens that a strip was joined of."""
    lefts = [GAP + number * (SCREEN_WIDTH + GAP) for number in range(SCREENS)]
    return [strip.crop((left, GAP, left + SCREEN_WIDTH, strip.height - GAP)) for left in lefts]


def differences(one: Image.Image, other: Image.Image) -> list[float]:
    """Return for each screen of two strips the share of its patches that are others; 1 where their sizes differ."""
    if one.size != other.size:
        return [1.0] * SCREENS
    return [_difference(*pair) for pair in zip(screens_of(one), screens_of(other), strict=True)]


def _difference(one: Image.Image, other: Image.Image) -> float:
    size = one.width // PATCH, one.height // PATCH
    first, second = (each.convert("L").resize(size, Image.Resampling.BOX) for each in (one, other))
    return sum(ImageChops.difference(first, second).histogram()[LEVELS:]) / (size[0] * size[1])
