"""The ledger's bench: what it generates is a true ledger, and its section finds its place in the document."""

import pytest

from bench import ledger_inside
from bench.ledger_report import in_document, judged, section
from bench.ledger_result import Ledger, LedgerResult
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.services import fold_entries
from shop.ledger.services import post_event
from shop.ledger.verification import CHECKS
from shop.reporting.verification import figures


def result(**changes: float) -> LedgerResult:
    """Return what reaches every bar, with changes in the largest ledger."""
    large = Ledger(
        "PostgreSQL", 10_000_000, report=0.010, scan=6.0, page_p99=0.009, verify=90.0, verify_megabytes=180
    )
    for name, value in changes.items():
        setattr(large, name, value)
    return LedgerResult(
        [
            Ledger("PostgreSQL", 10_000, report=0.008, scan=0.02, page_p99=0.004),
            Ledger("PostgreSQL", 1_000_000, report=0.009, scan=0.6, page_p99=0.006),
            large,
            Ledger("SQLite", 100_000, report=0.02, scan=0.4, verify=4.0, verify_megabytes=150),
        ],
        bare=0.050,
        posted=0.090,
        rates={250: {2: 400.0, 8: 420.0}, 4: {2: 400.0, 8: 380.0}},
    )


def test_every_bar_of_the_ledger_is_judged() -> None:
    assert [found for _, found, reached in judged(result()) if reached] == [
        "600 × (10.0 ms, 6.00 s)",
        "1.11 ×",
        "1.80 ×",
        "1.05 ×, 0 errors",
        "0.95 ×, 0 errors",
        "111,111/s, 180 MB",
        "25,000/s, 150 MB",
        "2.25 ×",
    ]


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"scan": 4.9}, 1),
        ({"report": 0.0118}, 1),
        ({"verify": 101.0}, 1),
        ({"verify_megabytes": 301}, 1),
        ({"page_p99": 0.0121}, 1),
    ],
)
def test_a_bar_that_is_not_reached_fails(changes: dict[str, float], missed: int) -> None:
    assert [reached for _, _, reached in judged(result(**changes))].count(False) == missed


def test_an_error_of_a_worker_fails_whatever_was_posted() -> None:
    found = result()
    found.failures = 1
    assert [reached for _, _, reached in judged(found)].count(False) == 2


def test_workers_have_to_reach_the_bar_with_small_orders_too() -> None:
    found = result()
    found.rates[4] = {2: 400.0, 8: 332.0}
    assert [said for _, said, reached in judged(found) if not reached] == ["0.83 ×, 0 errors"]


def test_the_section_replaces_its_predecessor_and_nothing_else() -> None:
    old, new = section(result(), "On Monday."), section(result(scan=7.0), "On Tuesday.")
    document = in_document("# Benchmarks\n\nBefore.\n", old)
    assert document.startswith("# Benchmarks\n\nBefore.\n\n<!-- ledger -->")
    later = in_document(document + "\nAfter.\n", new)
    assert ("On Monday." in later, "On Tuesday." in later) == (False, True)
    assert later.endswith("<!-- end of ledger -->\n\nAfter.\n")


@pytest.mark.data
@pytest.mark.django_db
def test_the_generated_ledger_is_true() -> None:
    assert ledger_inside.insert(2_000) == LedgerEntry.objects.count() == 1_989
    fold_entries()
    assert ledger_inside.tail(25) == {"entries": 25}
    report = ledger_inside.report(1, 1)
    assert report["same"] is True
    assert [str(finding) for check in CHECKS[:2] for finding in check()] == []


@pytest.mark.data
@pytest.mark.django_db
def test_the_generated_ledger_keeps_every_invariant() -> None:
    ledger_inside.insert(700)
    fold_entries()
    assert [str(finding) for check in (*CHECKS, figures) for finding in check()] == []


@pytest.mark.data
@pytest.mark.django_db
def test_what_is_timed_does_what_it_says() -> None:
    ledger_inside.insert(300)
    posting = ledger_inside.post(1)
    assert (posting["entries"], len(posting["full"]), len(posting["bare"])) == (500, 1, 1)
    assert LedgerEntry.objects.filter(order_number__startswith="B").count() == 2 * 500 + 1
    assert len(ledger_inside.drill(5)["seconds"]) == 5
    posted = [len(post_event(event)) for event in ledger_inside.whole_order("W1", 1)]
    assert posted == [0, 1, 5, 8, 8]
