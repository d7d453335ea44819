"""A figure is one thing: of the database, in memory, and for the script that stands alone."""

import datetime as dt
import importlib.util
from itertools import product
from typing import Any

import pytest

from shop.ledger.figures import DECIDING, FIGURES, PAID_STAGES, parts_of
from shop.ledger.models import EntryKind, Leg, Stage
from shop.ledger.rollups.models import PlaceRollup
from shop.ledger.statements import SUMMED_BY
from shop.reporting.measures import MEASURES, STAGES
from tests.database import ROOT

MONTH = dt.date(2026, 9, 1)
CELLS: list[dict[str, Any]] = [
    dict(zip(DECIDING, map(str, values), strict=True))
    for values in product(
        EntryKind, Stage, Leg, ("", "eligible", "ineligible", "pending"), ("", "A", "B", "C", "D", "E")
    )
    # Goods have a stage and nothing else has: a constraint of the ledger.
    if (values[0] == EntryKind.GOODS) == (values[1] != Stage.NONE)
]


def script() -> Any:
    """Return docs/verify_statement.py as a module."""
    spec = importlib.util.spec_from_file_location("verify_statement", ROOT / "docs" / "verify_statement.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.django_db
@pytest.mark.data
def test_database_memory_and_script_agree_about_every_combination() -> None:
    rows = [
        PlaceRollup(
            pk=number,
            demo=True,
            booked_on=MONTH,
            relates_to=MONTH,
            region=f"{number}",
            rule_version="1",
            fen=1,
            ex_tax_fen=0,
            units=0,
            entries=1,
            **cell,
        )
        for number, cell in enumerate(CELLS)
    ]
    PlaceRollup.objects.bulk_create(rows, batch_size=500)
    for key, figure in FIGURES.items():
        found = set(PlaceRollup.objects.filter(figure.entries).values_list("pk", flat=True))
        assert found == {number for number, cell in enumerate(CELLS) if figure.has(cell)}, key
        assert found, key
    alone = script()
    for cell in CELLS:
        assert sorted(alone.parts_of(cell | {"fen": "7"})) == sorted(parts_of(cell, 7)), cell
    assert alone.SUMMED_BY == SUMMED_BY


def test_pages_show_the_figures_that_statements_state() -> None:
    for key, figure in FIGURES.items():
        assert (MEASURES[key].entries, MEASURES[key].sign) == (figure.entries, figure.sign)
    assert set(MEASURES) - set(FIGURES) == {"open", "receivable_held"}
    assert tuple(stage for stage, _ in STAGES) == PAID_STAGES


def test_what_facts_moved_between_dimensions_is_paid_gross_in_the_new_one() -> None:
    paid = dict(zip(DECIDING, ("goods", "confirmed", "restate", "eligible", "B"), strict=True))
    gross = {key: dict(parts_of(paid | {"leg": key}, 7)).get("gross") for key in map(str, Leg)}
    assert gross == {
        **dict.fromkeys(("capture", "move", "refund", "receivable")),
        **dict.fromkeys(("apply", "reverse", "restate"), 7),
    }
