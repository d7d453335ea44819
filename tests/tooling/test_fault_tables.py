"""The tables of faults in docs/ name tests that exist and run on both engines: a renamed one is renamed there too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database import ROOT

#: What runs on PostgreSQL too, see pyproject.toml.
BOTH = {"data", "concurrency", "broker"}
#: What they are about is decided without the database: a signature, a setting, a browser, what a call costs.
WITHOUT_DATA = {
    "test_a_body_written_anew_is_refused",
    "test_a_missing_signature_is_refused",
    "test_a_signature_holds_for_its_bytes_and_five_minutes",
    "test_an_old_or_early_notice_is_refused",
    "test_the_browser_never_returns_and_the_notice_alone_pays",
    "test_without_the_server_the_process_remembers",
    "test_no_task_outlives_the_visibility_timeout_or_its_lock",
    "test_a_broker_that_accepts_and_never_answers_costs_a_commit_nothing",
    "test_a_broker_that_swallows_every_packet_costs_a_commit_nothing",
    "test_a_closed_port_costs_a_commit_nothing",
    "test_a_dead_broker_costs_a_request_less_than_fifty_milliseconds",
}


def _marks(nodes: list[ast.expr]) -> set[str]:
    text = " ".join(ast.unparse(node) for node in nodes)
    return set(re.findall(r"pytest\.mark\.(\w+)", text))


def marked(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield the tests of a module with their marks."""
    tree = ast.parse(path.read_text())
    of_module: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            of_module |= _marks([node.value])
    for each in ast.walk(tree):
        if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
            yield each.name, of_module | _marks(each.decorator_list)


@pytest.fixture(scope="module")
def there() -> dict[str, set[str]]:
    """Every test with its marks."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name, marks in marked(path):
            found[name] = found.get(name, set()) | marks
    return found


@pytest.mark.parametrize(("page", "least"), [("payments.md", 30), ("stock.md", 20), ("faults.md", 60)])
def test_every_fault_names_tests_that_exist_and_run_on_both_engines(
    page: str, least: int, there: dict[str, set[str]]
) -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / page).read_text()))
    assert len(named) > least
    assert named <= there.keys(), sorted(named - there.keys())
    on_one = {name for name in named if not there[name] & BOTH}
    assert on_one <= WITHOUT_DATA, sorted(on_one - WITHOUT_DATA)
