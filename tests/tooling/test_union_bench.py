"""The bench of a unit's pad: every bar is judged, and its section finds its place in the document."""

import pytest

from bench.ledger_report import in_document, section_in
from bench.union_result import BEGIN, CONSTANT, END, Pad, judged, section


def found(*, many: float = 2.0, queries: int = 14) -> list[Pad]:
    """Return what reaches every bar, with changes for the long list."""
    steps = (*CONSTANT, "approve")
    return [
        Pad(
            "SQLite",
            {step: {500: [0.2, 0.3, 0.2], 5_000: [many, many, 9.0]} for step in steps},
            {step: {500: 14, 5_000: queries if step != "approve" else 700} for step in steps},
        )
    ]


def test_every_bar_of_the_pad_is_judged() -> None:
    assert judged(found()) == [
        (
            "Queries as many for 5,000 lines as for 500 on SQLite",
            "upload 14, preview 14, pad 14, review 14, read 14",
            True,
        ),
        ("Upload and preview of 5,000 lines on SQLite ≤ 10 s", "4.00 s", True),
        ("A line of 5,000 on SQLite ≤ 1.2 × one of 500", "1.00 ×", True),
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (found(queries=15), ["upload 15, preview 15, pad 15, review 15, read 15"]),
        (found(many=2.5), ["1.25 ×"]),
        (found(many=5.5), ["11.00 s", "2.75 ×"]),
    ],
)
def test_a_bar_that_is_not_reached_fails(changed: list[Pad], said: list[str]) -> None:
    assert [found for _, found, reached in judged(changed) if not reached] == said


def test_the_section_replaces_its_predecessor_and_nothing_else() -> None:
    document = in_document("# Benchmarks\n\nBefore.\n", section(found(), "On Monday."))
    later = in_document(document + "\nAfter.\n", section(found(queries=15), "On Tuesday."))
    assert ("On Monday." in later, "On Tuesday." in later) == (False, True)
    assert later.startswith("# Benchmarks\n\nBefore.\n\n")
    assert later.endswith(f"{END}\n\nAfter.\n")
    assert "**FAIL**" in section_in(later, BEGIN, END)
    assert "| SQLite | approve | 5,000 | 2.00 | 700 |" in later
