"""The tables of docs/payments.md and docs/stock.md name tests that exist: a renamed one is renamed there too."""

import re

import pytest

from tests.database import ROOT


@pytest.mark.parametrize(("page", "least"), [("payments.md", 30), ("stock.md", 20)])
def test_every_fault_names_tests_that_exist(page: str, least: int) -> None:
    table = (ROOT / "docs" / page).read_text()
    named = set(re.findall(r"`(test_\w+)`", table))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(named) > least
    assert named <= there, sorted(named - there)
