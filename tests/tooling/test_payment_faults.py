"""The table of docs/payments.md names tests that exist: a renamed one is renamed there too."""

import re

from tests.database import ROOT


def test_every_fault_of_payments_names_tests_that_exist() -> None:
    table = (ROOT / "docs" / "payments.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", table))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(named) > 30
    assert named <= there, sorted(named - there)
