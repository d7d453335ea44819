"""How a year stands against its target: what is reached, what the calendar asks for, where it is going.

The forecast is the course of last year applied to this one, and of the calendar alone where last year has no course;
its range spans both. Whole fen throughout: every figure is a fraction of sums, rounded down.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shop.core import clock
from shop.core.clock import month_of
from shop.reporting.curves import Cell

#: Before this day of the year nothing is said about its end.
FIRST_DAY = 31
#: A forecast of at least this share of the target, in percent, is only a little low.
ALMOST = 90


@dataclass(frozen=True)
class YearPlace:
    """How far a year has come: days gone and days in all; a past year is over, one to come has not begun."""

    year: int
    gone: int
    days: int

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will be booked as reported."""
        return self.gone == self.days


@dataclass(frozen=True)
class Course:
    """What was confirmed this year, and last year up to the same day and in all; fen."""

    confirmed: int = 0
    last_to_date: int = 0
    last_whole: int = 0

    def plus(self, other: "Course") -> "Course":
        """Return the sum of both."""
        return Course(
            self.confirmed + other.confirmed,
            self.last_to_date + other.last_to_date,
            self.last_whole + other.last_whole,
        )


@dataclass(frozen=True)
class Outlook:
    """A year beside its target, all in fen; no forecast while it is too early for one."""

    target: int
    confirmed: int
    place: YearPlace
    forecast: int | None = None
    low: int | None = None
    high: int | None = None

    @property
    def expected(self) -> int:
        """Return what the calendar asks for by now."""
        return self.target * self.place.gone // self.place.days

    @property
    def ahead(self) -> int:
        """Return how much more than that is confirmed; negative when it is less."""
        return self.confirmed - self.expected

    @property
    def behind(self) -> int:
        """Return how much less than that is confirmed; negative when it is more."""
        return -self.ahead

    @property
    def state(self) -> str:
        """Return reached, on_course, low or behind; "" without a target or a forecast."""
        if not self.target or self.forecast is None:
            return ""
        if self.confirmed >= self.target:
            return "reached"
        if self.forecast >= self.target:
            return "on_course"
        return "low" if self.forecast * 100 >= self.target * ALMOST else "behind"


def place_in_year(year: int, today: dt.date | None = None) -> YearPlace:
    """Return how far a year has come on a day, today counted in."""
    today = today or clock.today()
    days = (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
    gone = (today - dt.date(year, 1, 1)).days + 1
    return YearPlace(year, min(max(gone, 0), days), days)


def courses(
    months: Mapping[Cell, int], year: int, today: dt.date | None = None
) -> dict[tuple[str, str], Course]:
    """Return the course of every region and programme out of what two years confirmed by month.

    Of last year's month in which we stand the days count that are gone: its sum by days, so that no entry is read.
    """
    today = today or clock.today()
    found: dict[tuple[str, str], Course] = {}
    for cell, fen in months.items():
        place = (cell.region, cell.programme)
        if cell.month.year == year:
            course = Course(confirmed=fen)
        else:
            course = Course(last_to_date=_to_date(cell.month, fen, today, year), last_whole=fen)
        found[place] = found.get(place, Course()).plus(course)
    return found


def _to_date(month: dt.date, fen: int, today: dt.date, year: int) -> int:
    """Return the part of a month of last year that lies before the same day."""
    if year != today.year:
        return fen if year < today.year else 0
    if month.month != today.month:
        return fen if month.month < today.month else 0
    days = (month_of(month + dt.timedelta(days=31)) - month).days
    return fen * min(today.day, days) // days


def outlook(target: int, course: Course, place: YearPlace) -> Outlook:
    """Return how a year stands and where it is going."""
    if place.is_over:
        return Outlook(target, course.confirmed, place, course.confirmed, course.confirmed, course.confirmed)
    if place.gone < FIRST_DAY:
        return Outlook(target, course.confirmed, place)
    by_days = course.confirmed * place.days // place.gone
    if course.last_to_date <= 0 or course.last_whole <= 0:
        return Outlook(target, course.confirmed, place, by_days, by_days, by_days)
    by_course = course.confirmed * course.last_whole // course.last_to_date
    return Outlook(
        target, course.confirmed, place, by_course, min(by_days, by_course), max(by_days, by_course)
    )


def whole_course(found: Iterable[Course]) -> Course:
    """Return the sum of courses."""
    total = Course()
    for course in found:
        total = total.plus(course)
    return total
