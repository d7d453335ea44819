"""Pages of a printed report: lines, tables and charts, as text and vectors."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from shop.core.palette import INK, INK_2, INK_3, LINE, PINE, SUNK, place_colour, rgb
from shop.core.pdf import SANS, characters, new_document
from shop.core.typefaces import SERIF_BOLD

SERIF = "serif"
SIZE_MM = (210.0, 297.0)
LEFT, RIGHT, TOP, BOTTOM = 16.0, 194.0, 16.0, 279.0
_MM_PER_POINT = 0.3528
_ROW = 6.6
#: Printed for a character that the font has not.
_UNKNOWN = "〓"
_HATCH_MM = 1.6


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its width in mm, whether it holds numbers."""

    title: str
    width: float
    is_number: bool = False


@dataclass(frozen=True)
class Bar:
    """A place's figures in fen, as a bar with a tick."""

    slug: str
    label: str
    confirmed: int
    paid: int
    target: int
    note: str


@dataclass(frozen=True)
class Figure:
    """A number that stands large, with what it is and a line about it."""

    label: str
    shown: str
    note: str


class Sheet:
    """Fills page after page from the top; every page says at its foot what it is of."""

    def __init__(self, *, title: str, at: dt.datetime, foot: str) -> None:
        self.pdf = new_document(size_mm=SIZE_MM, title=title, at=at)
        self.pdf.add_font(SERIF, fname=SERIF_BOLD)
        self.known = {name: characters(self.pdf, name) for name in (SANS, SERIF)}
        self.foot = foot
        self.y = TOP
        self.new_page()

    def output(self) -> bytes:
        """Return the file."""
        return bytes(self.pdf.output())

    def new_page(self) -> None:
        """Begin a page."""
        self.pdf.add_page()
        self.y = BOTTOM + 5
        self.text(self.foot, 8, colour=INK_3)
        self.text(f"{self.pdf.page_no()}", 8, colour=INK_3, align="R")
        self.y = TOP

    def room(self, height: float) -> None:
        """Begin another page unless so much is left on this one."""
        if self.y + height > BOTTOM:
            self.new_page()

    def text(
        self,
        text: str,
        size: float,
        *,
        x: float = LEFT,
        width: float = 0,
        font: str = SANS,
        colour: str = INK,
        align: str = "L",
    ) -> None:
        """Write a line at the present height; what is too long for it is cut."""
        width = width or RIGHT - x
        self.pdf.set_font(font, size=size)
        self.pdf.set_text_color(*rgb(colour))
        self.pdf.set_xy(x, self.y)
        self.pdf.cell(width, size * _MM_PER_POINT * 1.35, self.fitting(text, width, font), align=align)

    def line(self, text: str, size: float, step: float, *, font: str = SANS, colour: str = INK) -> None:
        """Write a line and go on below it."""
        self.room(step)
        self.text(text, size, font=font, colour=colour)
        self.y += step

    def figures(self, figures: Sequence[Figure]) -> None:
        """Write figures beside each other in boxes."""
        width = (RIGHT - LEFT - 4 * (len(figures) - 1)) / len(figures)
        top = self.y
        for number, figure in enumerate(figures):
            x = LEFT + number * (width + 4)
            self.pdf.set_fill_color(*rgb(SUNK))
            self.pdf.rect(x, top, width, 21, style="F", round_corners=True, corner_radius=2)
            for text, size, down, colour in (
                (figure.label, 8.5, 2.4, INK_2),
                (figure.shown, 13.5, 7.2, PINE if number == 0 else INK),
                (figure.note, 7.5, 15.4, INK_3),
            ):
                self.y = top + down
                self.text(text, size, x=x + 3, width=width - 5, colour=colour)
        self.y = top + 26

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()
    ) -> None:
        """Write a table; on a new page its head stands again."""
        self.room(_ROW * 3)
        self._head(columns)
        for row in rows:
            if self.y + _ROW > BOTTOM:
                self.new_page()
                self._head(columns)
            self._cells(columns, row, 9, INK)
            self._rule(self.y - 0.6, 0.08)
        if foot:
            self.room(_ROW)
            self._rule(self.y - 0.6, 0.4, INK_3)
            self._cells(columns, foot, 9.5, INK)
        self.y += 4

    def bars(self, bars: Sequence[Bar]) -> None:
        """Draw a bar for each place: confirmed solid, paid and not confirmed hatched, the target as a tick."""
        left, right = LEFT + 32, RIGHT - 26
        span = max([1, *(max(bar.confirmed + max(bar.paid, 0), bar.target) for bar in bars)])
        self.room(9.5 * len(bars))

        def x_of(fen: int) -> float:
            return left + (right - left) * max(fen, 0) / span

        for bar in bars:
            top = self.y
            self.y = top + 1.3
            self.text(bar.label, 9, width=30, align="R")
            colour = rgb(place_colour(bar.slug))
            self.pdf.set_fill_color(*colour)
            self.pdf.set_draw_color(*colour)
            confirmed = x_of(bar.confirmed)
            if bar.confirmed > 0:
                self.pdf.rect(left, top + 1, max(confirmed - left, 0.4), 5, style="F")
            if bar.paid > 0:
                self._hatched(confirmed, top + 1, x_of(max(bar.confirmed, 0) + bar.paid) - confirmed, 5)
            if bar.target:
                self.pdf.set_draw_color(*rgb(INK))
                self.pdf.set_line_width(0.6)
                self.pdf.line(x_of(bar.target), top, x_of(bar.target), top + 7)
            self.text(bar.note, 8.5, x=right + 2, width=24, colour=INK_2, align="R")
            self.y = top + 9.5
        self.y += 2

    def _hatched(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a box with slanting lines in it, the colour is set."""
        self.pdf.set_line_width(0.2)
        self.pdf.rect(x, y, max(width, 0.4), height)
        begin = -height
        while begin < width:
            low, high = max(begin, 0.0), min(begin + height, width)
            if high > low:
                self.pdf.line(x + low, y + height - (low - begin), x + high, y + height - (high - begin))
            begin += _HATCH_MM

    def curve(self, this_year: Sequence[int], last_year: Sequence[int], step: int) -> None:
        """Draw twelve months of two years: this one solid with dots, the one before dashed; `step` in fen."""
        self.room(62)
        left, right, top, bottom = LEFT + 20, RIGHT - 4, self.y + 3, self.y + 50
        most = max(step, -(-max([1, *this_year, *last_year]) // step) * step)

        def point(index: int, fen: int) -> tuple[float, float]:
            return left + (right - left) * index / 11, bottom - (bottom - top) * max(fen, 0) / most

        for fen in range(0, most + 1, step):
            height = point(0, fen)[1]
            self._rule(height, 0.1, LINE, left=left)
            self.y = height - 1.9
            self.text(_wan(fen), 8, width=left - LEFT - 2, colour=INK_3, align="R")
        self.y = bottom + 2
        for index in range(12):
            self.text(f"{index + 1}", 8, x=point(index, 0)[0] - 5, width=10, colour=INK_3, align="C")
        self._polyline([point(index, fen) for index, fen in enumerate(last_year)], INK_3, 0.35, dashed=True)
        points = [point(index, fen) for index, fen in enumerate(this_year)]
        self._polyline(points, PINE, 0.7)
        self.pdf.set_fill_color(*rgb(PINE))
        for x, y in points:
            self.pdf.ellipse(x - 0.9, y - 0.9, 1.8, 1.8, style="F")
        self.y = bottom + 11

    def _polyline(
        self, points: Sequence[tuple[float, float]], colour: str, width: float, *, dashed: bool = False
    ) -> None:
        if len(points) < 2:
            return
        self.pdf.set_draw_color(*rgb(colour))
        self.pdf.set_line_width(width)
        if dashed:
            self.pdf.set_dash_pattern(dash=1.6, gap=1.1)
        self.pdf.polyline(list(points))
        self.pdf.set_dash_pattern()

    def _head(self, columns: Sequence[Column]) -> None:
        self.pdf.set_fill_color(*rgb(SUNK))
        self.pdf.rect(LEFT, self.y - 0.8, RIGHT - LEFT, _ROW + 0.4, style="F")
        self._cells(columns, [column.title for column in columns], 8.5, INK_2)
        self.y += 0.4

    def _cells(self, columns: Sequence[Column], texts: Sequence[str], size: float, colour: str) -> None:
        x = LEFT
        for column, text in zip(columns, texts, strict=True):
            align = "R" if column.is_number else "L"
            self.text(text, size, x=x + 1, width=column.width - 2, colour=colour, align=align)
            x += column.width
        self.y += _ROW

    def _rule(self, y: float, width: float, colour: str = LINE, *, left: float = LEFT) -> None:
        self.pdf.set_draw_color(*rgb(colour))
        self.pdf.set_line_width(width)
        self.pdf.line(left, y, RIGHT, y)

    def fitting(self, text: str, width: float, font: str = SANS) -> str:
        """Return what of a text fits, in characters that the font has."""
        # The minus sign of the pages is one of those that it has not.
        plain = " ".join(text.split()).replace("\u2212", "-")
        shown = "".join(char if ord(char) in self.known[font] else _UNKNOWN for char in plain)
        if self.pdf.get_string_width(shown) <= width:
            return shown
        while shown and self.pdf.get_string_width(f"{shown}…") > width:
            shown = shown[:-1]
        return f"{shown}…"


def _wan(fen: int) -> str:
    whole, rest = divmod(fen, 1_000_000)
    digits = f"{rest:06d}".rstrip("0")
    return f"{whole:,}.{digits}" if digits else f"{whole:,}"
