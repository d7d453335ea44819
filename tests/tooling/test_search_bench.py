"""The bench of a large shelf: every bar is judged, and its section finds its place in the document."""

import pytest

from bench.ledger_report import in_document, section_in
from bench.search_result import BEGIN, END, SUGGESTION, Timed, judged, section


def found(*, p99: float = 0.020, large: float = 0.011, failed: int = 0) -> list[Timed]:
    """Return what reaches every bar, with changes on the large shelf."""
    return [
        Timed("SQLite", SUGGESTION, {2_000: [0.004] * 100, 100_000: [0.005] * 98 + [p99] * 2}),
        Timed("PostgreSQL", "page of search", {2_000: [0.004] * 9, 100_000: [large] * 9}, failed),
    ]


def test_every_bar_of_the_large_shelf_is_judged() -> None:
    assert judged(found()) == [
        ("Suggestions at 100,000 on SQLite, p99 ≤ 30 ms", "20.0 ms", True),
        ("page of search on PostgreSQL: p50 at 100,000 ≤ 3 × its p50 at 2,000", "2.75 ×", True),
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (found(p99=0.031), "31.0 ms"),
        (found(large=0.0124), "3.10 ×"),
        (found(failed=1), "2.75 ×, 1 failed"),
    ],
)
def test_a_bar_that_is_not_reached_fails(changed: list[Timed], said: str) -> None:
    assert [found for _, found, reached in judged(changed) if not reached] == [said]


def test_the_section_replaces_its_predecessor_and_nothing_else() -> None:
    document = in_document("# Benchmarks\n\nBefore.\n", section(found(), "On Monday."))
    later = in_document(document + "\nAfter.\n", section(found(p99=0.031), "On Tuesday."))
    assert ("On Monday." in later, "On Tuesday." in later) == (False, True)
    assert later.startswith("# Benchmarks\n\nBefore.\n\n")
    assert later.endswith(f"{END}\n\nAfter.\n")
    assert "**FAIL**" in section_in(later, BEGIN, END)
