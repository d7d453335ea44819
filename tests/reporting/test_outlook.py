"""How a year stands against its target, to the fen."""

import datetime as dt

import pytest

from shop.reporting.curves import Cell
from shop.reporting.outlook import Course, courses, outlook, place_in_year

TODAY = dt.date(2026, 4, 10)  # day 100 of 365


def month(year: int, number: int, region: str = "wangcang") -> Cell:
    return Cell(region, "east-west", dt.date(year, number, 1))


def test_how_far_a_year_has_come() -> None:
    assert place_in_year(2026, TODAY).gone == 100
    assert (place_in_year(2025, TODAY).is_over, place_in_year(2024, TODAY).days) == (True, 366)
    assert place_in_year(2027, TODAY).gone == 0


def test_last_year_counts_up_to_the_same_day() -> None:
    months = {
        month(2026, 1): 500,
        month(2026, 4): 100,
        month(2025, 3): 90,
        month(2025, 4): 30,
        month(2025, 12): 60,
    }
    found = courses(months, 2026, TODAY)
    # Ten of April's thirty days.
    assert found == {("wangcang", "east-west"): Course(600, 100, 180)}


def test_places_have_courses_of_their_own() -> None:
    found = courses({month(2026, 1): 5, month(2026, 1, "longquan"): 7}, 2026, TODAY)
    assert {place[0]: course.confirmed for place, course in found.items()} == {"wangcang": 5, "longquan": 7}


def test_a_forecast_follows_the_course_of_last_year() -> None:
    found = outlook(2_000, Course(600, 100, 180), place_in_year(2026, TODAY))
    # 600 × 180 / 100; by days alone it would be 600 × 365 / 100.
    assert (found.forecast, found.low, found.high) == (1080, 1080, 2190)
    assert (found.expected, found.ahead, found.behind) == (547, 53, -53)
    assert found.state == "behind"


def test_without_last_year_it_follows_the_calendar() -> None:
    found = outlook(2_190, Course(600), place_in_year(2026, TODAY))
    assert (found.forecast, found.low, found.high, found.state) == (2190, 2190, 2190, "on_course")


@pytest.mark.parametrize(
    ("target", "state"), [(600, "reached"), (2190, "on_course"), (2400, "low"), (2500, "behind"), (0, "")]
)
def test_a_state_is_said_of_every_target(target: int, state: str) -> None:
    assert outlook(target, Course(600), place_in_year(2026, TODAY)).state == state


def test_nothing_is_foretold_in_january() -> None:
    found = outlook(100, Course(50), place_in_year(2026, dt.date(2026, 1, 30)))
    assert (found.forecast, found.state) == (None, "")
    assert outlook(100, Course(50), place_in_year(2026, dt.date(2026, 1, 31))).forecast == 588


def test_a_year_that_is_over_is_what_it_was() -> None:
    found = outlook(100, Course(80, 5, 9), place_in_year(2025, TODAY))
    assert (found.forecast, found.ahead, found.state) == (80, -20, "behind")
