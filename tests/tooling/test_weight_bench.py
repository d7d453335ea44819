"""The bars of a first view and their section; nothing here is measured."""

from dataclasses import replace
from typing import Any

import pytest

from bench.first_view import View, Weight, judged, section, section_in
from bench.ledger_report import in_document

GOOD = View(html=50_000, wire=150_000, picture=60_000, shift=0.02, seconds=1.5)


def weight(**changes: Any) -> Weight:
    """Return a page whose views reach every bar just so, but for the changes."""
    return Weight("home", [replace(GOOD, **changes)])


def test_a_page_that_reaches_every_bar_is_judged_six_times() -> None:
    assert [reached for _, _, reached in judged([weight()])] == [True] * 6


@pytest.mark.parametrize(
    "changes",
    [
        {"html": 60_001},
        {"wire": 150_001},
        {"picture": 60_001},
        {"shift": 0.021},
        {"seconds": 1.51},
        {"seconds": 0.0},
        {"strangers": ["fonts.example.com"]},
    ],
)
def test_a_bar_that_is_not_reached_fails(changes: dict[str, Any]) -> None:
    assert [reached for _, _, reached in judged([weight(**changes)])].count(False) == 1


def test_the_median_counts_for_time_and_the_largest_for_bytes() -> None:
    views = [replace(GOOD, seconds=seconds, html=round(seconds)) for seconds in (9.0, 1.0, 2.0)]
    found = Weight("home", views)
    assert found.seconds == 2.0
    assert found.most("html") == 9


def test_the_section_is_found_and_replaced_alone() -> None:
    old, new = section([weight()], "Then."), section([weight(seconds=2.0)], "Now.")
    text = in_document("# Benchmarks\n\nBefore.\n", old) + "\nAfter.\n"
    assert section_in(text) == old
    assert in_document(text, new) == text.replace(old, new)
    assert section_in("# Benchmarks\n") == ""
