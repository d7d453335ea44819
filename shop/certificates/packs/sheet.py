"""Pages of A4 that fill one after another: headings, facts, tables that go on overleaf, pictures, notes."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _

from shop.core.palette import INK, INK_2, INK_3, LINE, PINE, SUNK, rgb
from shop.core.pdf import SANS, close_fonts, new_document, printable
from shop.core.typefaces import SERIF_BOLD

SERIF = "serif"
SIZE = (210.0, 297.0)
LEFT, RIGHT, TOP, BOTTOM = 18.0, 192.0, 26.0, 277.0
WIDTH = RIGHT - LEFT
_MM_PER_POINT = 0.3528
_PIECES = re.compile(r"[!-~]+| +|[^!-~ ]")
_PICTURE, _PICTURE_GAP, _PICTURES_A_ROW = 55.0, 4.5, 3
_CELL_GAP = 3.0
#: Of a cell.
_MOST_LINES = 3
RED, AMBER, GREEN = (158, 42, 33), (128, 86, 11), (31, 81, 64)
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Column:
    """A column of a table: title, width in mm, whether it holds numbers."""

    title: str
    width: float
    is_number: bool = False


@dataclass(frozen=True)
class Frame:
    """What stands on every page: a line above, one below; `pages` as counted in an earlier pass, 0 if unknown."""

    head: str
    foot: str
    pages: int


class Sheet:
    """Fills page after page from above. `marked` says on which page each mark came to stand.

    A rehearsal measures only: it shows no picture.
    """

    def __init__(self, *, title: str, at: dt.datetime, frame: Frame, is_rehearsal: bool) -> None:
        self.pdf = new_document(size_mm=SIZE, title=title, at=at)
        self.pdf.add_font(SERIF, fname=SERIF_BOLD)
        self.frame, self.is_rehearsal = frame, is_rehearsal
        self.marked: dict[str, int] = {}
        self.y = TOP

    def close(self) -> None:
        """Let go of the files of the fonts."""
        close_fonts(self.pdf)

    # --- pages ---------------------------------------------------------------------------------------

    def bare_page(self) -> None:
        """Begin a page with nothing but the line below."""
        self.pdf.add_page()
        self.y = TOP
        self.rule(283.5, 0.15)
        number = self.pdf.page
        told = (
            _("Page %(page)d of %(pages)d") % {"page": number, "pages": self.frame.pages}
            if self.frame.pages
            else f"{number}"
        )
        self.text(self.frame.foot, 7.5, y=285.5, colour=rgb(INK_3))
        self.text(told, 7.5, y=285.5, colour=rgb(INK_3), align="R")
        # Others print on bare pages, in black.
        self.pdf.set_text_color(0)
        self.pdf.set_draw_color(0)

    def page(self) -> None:
        """Begin a page with both lines."""
        self.bare_page()
        self.text(self.frame.head, 8, y=13.5, colour=rgb(INK_3))
        self.rule(19, 0.15)

    def mark(self, name: str) -> None:
        """Remember the page."""
        self.marked[name] = self.pdf.page

    def room(self, height: float) -> bool:
        """Go overleaf where less than `height` mm are left; say whether it did."""
        if self.y + height <= BOTTOM:
            return False
        self.page()
        return True

    # --- pieces --------------------------------------------------------------------------------------

    def title(self, text: str, right: str = "") -> None:
        """Write the heading of what begins a page."""
        self.text(text, 17, font=SERIF)
        if right:
            self.text(right, 13, font=SERIF, colour=rgb(PINE), align="R")
        self.y += 11

    def heading(self, text: str, *, keep: float = 24) -> None:
        """Write the heading of a section, with at least `keep` mm of it on the same page."""
        self.y += 4
        self.room(9 + keep)
        self.pdf.set_fill_color(*rgb(PINE))
        self.pdf.rect(LEFT, self.y + 0.6, 1.4, 5, style="F")
        self.text(text, 12.5, left=LEFT + 4, font=SERIF)
        self.y += 8.5

    def caption(self, text: str, right: str = "", *, keep: float = 18) -> None:
        """Write a small heading, with what stands at its right end and at least `keep` mm of what it heads."""
        self.room(keep)
        room = WIDTH * 0.64 if right else WIDTH
        self.text(self.cut(text, 10, room), 10)
        if right:
            self.text(right, 9.5, colour=rgb(INK_2), align="R")
        self.y += 6

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Write names and values in two columns."""
        half = (WIDTH - 8) / 2
        for start in range(0, len(facts), 2):
            pair = [(name, self.lines(value, 9.5, half - 30)) for name, value in facts[start : start + 2]]
            height = max(len(lines) for _name, lines in pair) * 4.9 + 1.1
            self.room(height)
            for column, (name, lines) in enumerate(pair):
                left = LEFT + column * (half + 8)
                self.text(self.cut(name, 9, 28), 9, left=left, colour=rgb(INK_3))
                for number, line in enumerate(lines):
                    self.text(line, 9.5, left=left + 30, y=self.y + number * 4.9)
            self.y += height
        self.y += 1.5

    def note(self, text: str, *, colour: Colour | None = None, size: float = 9) -> None:
        """Write a sentence over as many lines as it takes."""
        height = size * _MM_PER_POINT * 1.55
        for line in self.lines(text, size, WIDTH):
            self.room(height)
            self.text(line, size, colour=colour or rgb(INK_2))
            self.y += height
        self.y += 0.8

    def points(self, texts: Sequence[str], colour: Colour) -> None:
        """Write sentences with a point before each."""
        for text in texts:
            for number, line in enumerate(self.lines(text, 9.5, WIDTH - 5)):
                self.room(5.2)
                if number == 0:
                    self.pdf.set_fill_color(*colour)
                    self.pdf.ellipse(LEFT + 0.6, self.y + 1.6, 1.5, 1.5, style="F")
                self.text(line, 9.5, left=LEFT + 5)
                self.y += 5.2
            self.y += 0.6

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()
    ) -> None:
        """Write rows under their titles, which stand anew on every page; a long text takes up to three lines."""
        self.room(20)
        self._titles(columns)
        for row in rows:
            self._row(columns, row)
        if foot:
            self._row(columns, foot, is_foot=True)
        self.y += 3

    def _titles(self, columns: Sequence[Column]) -> None:
        self.pdf.set_fill_color(*rgb(SUNK))
        self.pdf.rect(LEFT, self.y, WIDTH, 6.4, style="F")
        self.y += 1.1
        self._cells(columns, [[column.title] for column in columns], rgb(INK_2), 8.5)
        self.y += 5.8

    def _row(self, columns: Sequence[Column], row: Sequence[str], *, is_foot: bool = False) -> None:
        shown = [
            [text] if column.is_number else self._short(self.lines(text, 9, column.width - _CELL_GAP))
            for column, text in zip(columns, row, strict=True)
        ]
        height = max(len(lines) for lines in shown) * 4.5 + 1.9
        if self.room(height):
            self._titles(columns)
        if is_foot:
            self.rule(self.y - 0.3, 0.35)
        self.y += 0.8
        self._cells(columns, shown, rgb(PINE) if is_foot else rgb(INK), 9)
        self.y += height - 0.8
        self.rule(self.y - 0.3, 0.1)

    @staticmethod
    def _short(lines: list[str]) -> list[str]:
        return (
            lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1]}…"]
        )

    def _cells(
        self, columns: Sequence[Column], cells: Sequence[Sequence[str]], colour: Colour, size: float
    ) -> None:
        left = LEFT
        for column, lines in zip(columns, cells, strict=True):
            for number, line in enumerate(lines):
                self.text(
                    self.cut(line, size, column.width - _CELL_GAP),
                    size,
                    left=left + _CELL_GAP / 2,
                    width=column.width - _CELL_GAP,
                    y=self.y + number * 4.5,
                    colour=colour,
                    align="R" if column.is_number else "L",
                )
            left += column.width

    def pictures(self, pictures: Sequence[tuple[bytes, str]]) -> None:
        """Show JPEGs in rows of three, each with what stands under it; of an empty one only that."""
        for start in range(0, len(pictures), _PICTURES_A_ROW):
            self.room(_PICTURE + 6)
            for number, (data, name) in enumerate(pictures[start : start + _PICTURES_A_ROW]):
                left = LEFT + number * (_PICTURE + _PICTURE_GAP)
                self.pdf.set_fill_color(*rgb(SUNK))
                self.pdf.rect(left, self.y, _PICTURE, _PICTURE, style="F")
                if data and not self.is_rehearsal:
                    inner = _PICTURE - 1
                    self.pdf.image(
                        BytesIO(data), left + 0.5, self.y + 0.5, inner, inner, keep_aspect_ratio=True
                    )
                self.text(
                    self.cut(name, 8, _PICTURE),
                    8,
                    left=left,
                    width=_PICTURE,
                    y=self.y + _PICTURE + 0.8,
                    colour=rgb(INK_3),
                )
            self.y += _PICTURE + 6.5

    def rule(self, y: float, width: float) -> None:
        """Draw a line over the page."""
        self.pdf.set_draw_color(*rgb(LINE))
        self.pdf.set_line_width(width)
        self.pdf.line(LEFT, y, RIGHT, y)

    # --- texts ---------------------------------------------------------------------------------------

    def text(
        self,
        text: str,
        size: float,
        *,
        font: str = SANS,
        left: float = LEFT,
        width: float = 0,
        y: float | None = None,
        colour: Colour = (0, 0, 0),
        align: str = "L",
    ) -> None:
        """Write one line where the page has come to, or at `y`; black is the theme's ink."""
        self.pdf.set_font(font, size=size)
        self.pdf.set_text_color(*(rgb(INK) if colour == (0, 0, 0) else colour))
        self.pdf.set_xy(left, self.y if y is None else y)
        margin, self.pdf.c_margin = self.pdf.c_margin, 0
        shown = printable(self.pdf, text, font)
        self.pdf.cell(width or RIGHT - left, size * _MM_PER_POINT * 1.35, shown, align=align)
        self.pdf.c_margin = margin

    def lines(self, text: str, size: float, width: float) -> list[str]:
        """Cut a text into lines: between any two characters, as Chinese is, but within no number or Latin word."""
        self.pdf.set_font(SANS, size=size)
        text = printable(self.pdf, text)
        if self.pdf.get_string_width(text) <= width:
            return [text]
        lines, line = [], ""
        for piece in _PIECES.findall(text):
            for part in [piece] if self.pdf.get_string_width(piece) <= width else piece:
                if line and self.pdf.get_string_width(line + part) > width:
                    lines.append(line.rstrip())
                    line = ""
                line += part if line else part.lstrip()
        return [*lines, line] if line else lines

    def cut(self, text: str, size: float, width: float) -> str:
        """Shorten a text to what a width holds."""
        self.pdf.set_font(SANS, size=size)
        text = printable(self.pdf, text)
        if self.pdf.get_string_width(text) <= width:
            return text
        while text and self.pdf.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text}…"
