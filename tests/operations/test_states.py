"""The tables of states, the page written from them, and what they promise about services and columns."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from shop.core.states import StateTable, WrongMove
from shop.fulfilment.transitions import PARCEL
from shop.operations.states import TABLES, page
from shop.ordering.transitions import PAYMENT

#: The modules in which services of an app stand.
PARTS = (
    "services",
    "consignments",
    "reshipping",
    "returns.services",
    "watching",
    "pushes",
    "corrections",
    "closing",
    "register",
    "asking",
    "making",
    "abuse.watching",
    "abuse.judging",
)
by_name = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.column)


def test_the_page_is_written_from_the_tables() -> None:
    written = (Path(settings.BASE_DIR) / "docs" / "states.md").read_text(encoding="utf-8")
    assert written == page(), "run: python manage.py write_states"


@by_name
def test_a_table_knows_every_state_of_its_column_and_no_other(table: StateTable) -> None:
    app, model, column = table.column.split(".")
    field = apps.get_model(app, model)._meta.get_field(column)
    choices = {str(value) for value, _label in field.choices or ()}
    assert {str(move.new) for move in table.moves} == choices
    assert {str(move.old) for move in table.moves} <= choices | {""}
    assert len({(move.old, move.new) for move in table.moves}) == len(table.moves)


@by_name
def test_every_move_names_services_that_exist(table: StateTable) -> None:
    for name in {name for move in table.moves for name in move.by}:
        app, function = name.split(".")
        found = [part for part in PARTS if hasattr(_module(f"shop.{app}.{part}"), function)]
        assert found, f"{table.column}: no service {name}"


def _module(name: str) -> object:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None


def test_a_move_that_is_not_in_the_table_is_refused_by_name() -> None:
    assert PAYMENT.before("paid") == ["unpaid", "closing", "closed"]
    assert not PAYMENT.allows("paid", "unpaid")
    with pytest.raises(WrongMove) as refused:
        PARCEL.require("received", "shipped")
    assert (refused.value.code, refused.value.old, refused.value.new) == (
        "wrong_state",
        "received",
        "shipped",
    )
