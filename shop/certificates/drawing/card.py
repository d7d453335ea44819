"""The words on the card: what is confirmed, from where, and how it is verified. Chinese, whoever looks at it."""

from functools import cache
from io import BytesIO

import segno
from PIL import ImageDraw, ImageFont, PngImagePlugin

from shop.certificates.drawing.scene import HEIGHT, WIDTH, draw_scene
from shop.certificates.drawing.spec import ImageSpec, PlaceLine
from shop.core.fen import shown_yuan
from shop.core.palette import INK, INK_2, INK_3, LINE, PINE, place_colour
from shop.core.typefaces import SANS_REGULAR, SERIF_BOLD

assert PngImagePlugin

CARD = "#fffdf8"
_CARD_X, _CARD_TOP, _CARD_BOTTOM, _RADIUS = 72, 268, HEIGHT - 64, 28
_LEFT, _RIGHT = 144, WIDTH - 144
_NUMBERS = "零一两三四五六七八九十"
_ROWS_TOP, _ROWS_END = 782, 1088
_ROW, _QR, _SEAL = 80, 198, 50
Colour = str


@cache
def _sans(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(SANS_REGULAR), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _serif(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(SERIF_BOLD), size, layout_engine=ImageFont.Layout.BASIC)


def draw_certificate(spec: ImageSpec) -> bytes:
    """Return the picture as PNG, 1080 × 1440. Pure: the same spec gives the same bytes."""
    main = spec.places[0].slug if spec.places else ""
    card = (
        f'<rect x="{_CARD_X}" y="{_CARD_TOP}" width="{WIDTH - 2 * _CARD_X}" height="{_CARD_BOTTOM - _CARD_TOP}"'
        f' rx="{_RADIUS}" fill="{CARD}"/>'
    )
    image = draw_scene(main, (72, 60), (_RIGHT - 156, 322), card)
    pen = ImageDraw.Draw(image)
    _head(pen, spec)
    _sum(pen, spec)
    _places(pen, spec.places)
    _foot(pen, spec)
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def headline(places: tuple[PlaceLine, ...]) -> tuple[str, str]:
    """Return the two lines: of one place its name, of several how many they are."""
    several = f"{_NUMBERS[len(places)]}处远山" if len(places) <= 10 else "各处远山"
    where = places[0].short if len(places) == 1 else several
    return f"把{where}的收成，", "请进了萧山的家"


def _head(pen: ImageDraw.ImageDraw, spec: ImageSpec) -> None:
    _write(pen, (168, 106), spec.shop_name, _serif(44), INK)
    _write(pen, (168, 138), spec.shop_subline, _sans(24), INK_2)
    _write(pen, (_LEFT, 366), f"我的 {spec.year} 消费帮扶", _sans(32), INK_2)
    for line, baseline in zip(headline(spec.places), (448, 532), strict=True):
        _write(pen, (_LEFT, baseline), line, _serif(62), INK)


def _sum(pen: ImageDraw.ImageDraw, spec: ImageSpec) -> None:
    text, room, size = shown_yuan(spec.fen), _RIGHT - _LEFT - 40, 116
    while _sans(size).getlength(text) > room:
        size -= 4
    _write(pen, (_LEFT, 676), "¥", _sans(48), PINE, weight=1)
    _write(pen, (_LEFT + 36, 676), text, _sans(size), PINE, weight=2)
    orders = f"已确认金额·{spec.orders} 笔订单·统计至 {spec.as_of}"
    _write(pen, (_LEFT, 738), orders, _sans(28), INK_3)


def _places(pen: ImageDraw.ImageDraw, places: tuple[PlaceLine, ...]) -> None:
    """Draw a row for each; more than four stand closer."""
    row = min(_ROW, (_ROWS_END - _ROWS_TOP) // max(1, len(places)))
    seal = min(_SEAL, row - 12)
    pen.line((_LEFT, _ROWS_TOP, _RIGHT, _ROWS_TOP), fill=LINE, width=2)
    for index, place in enumerate(places):
        top = _ROWS_TOP + index * row
        middle = top + row / 2
        box = (_LEFT, middle - seal / 2, _LEFT + seal, middle + seal / 2)
        pen.rounded_rectangle(box, radius=8, fill=place_colour(place.slug))
        size = round(seal * 0.64)
        pen.text((_LEFT + seal / 2, middle + size * 0.37), place.seal, CARD, _serif(size), anchor="ms")
        _write(pen, (_LEFT + seal + 20, middle + 11), place.name, _sans(32 if row > 66 else 28), INK)
        amount = f"¥{shown_yuan(place.fen)}"
        pen.text((_RIGHT, middle + 11), amount, INK, _sans(32), anchor="rs", stroke_width=1, stroke_fill=INK)
        pen.line((_LEFT, top + row, _RIGHT, top + row), fill=LINE, width=2)


def _foot(pen: ImageDraw.ImageDraw, spec: ImageSpec) -> None:
    matrix = segno.make(spec.link, error="m", micro=False).matrix
    module = max(1, _QR // len(matrix))
    top = _CARD_BOTTOM - 48 - module * len(matrix)
    for down, modules in enumerate(matrix):
        for along, is_dark in enumerate(modules):
            if is_dark:
                x, y = _LEFT + along * module, top + down * module
                pen.rectangle((x, y, x + module - 1, y + module - 1), fill=INK)
    left = _LEFT + module * len(matrix) + 36
    _write(pen, (left, top + 62), "扫码核验这张证明", _sans(28), INK)
    _write(pen, (left, top + 116), spec.code, _sans(40), INK, weight=1)
    small = "不含姓名、电话和地址" + ("·演示数据" if spec.demo else "")
    _write(pen, (left, top + 162), small, _sans(24), INK_3)


def _write(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    font: ImageFont.FreeTypeFont,
    colour: Colour,
    weight: int = 0,
) -> None:
    """Write a line at its baseline; `weight` thickens the strokes, in pixels."""
    pen.text(at, text, colour, font, anchor="ls", stroke_width=weight, stroke_fill=colour)
