"""Stock by file: changes and not figures, each row tested against its version, all of them or none."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest

from shop.core.tabular import TableError
from shop.journal.models import JournalEntry
from shop.ordering.invariants import violations
from shop.ordering.models import StockBalance
from shop.ordering.services import StockRefused, adjust_stock, consume_allocation
from shop.ordering.stock_files import apply_stock_file, rows_of, store_stock_file
from shop.ordering.stock_list import column_names, list_rows, read_stock_file
from shop.ordering.stock_models import GoodsLot, StockFile
from shop.ordering.stock_plan import StockFault, plan_stock
from tests.factories import make_product, make_user, place, place_paid
from tests.factories.stock import make_lot, make_place

pytestmark = [pytest.mark.django_db, pytest.mark.data]
COLUMNS = ("货号", "库存池", "批次", "仓位", "生产日期", "到期日", "变动数量", "版本")


def csv_of(*rows: Sequence[Any], columns: Sequence[str] = COLUMNS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue().encode()


def uploaded(raw: bytes) -> StockFile:
    return store_stock_file(name="stock.csv", raw=raw, rows=read_stock_file(raw), actor_id=make_user().pk)


def faults(*rows: Sequence[Any]) -> tuple[StockFault, ...]:
    """Return what is wrong with the rows; nothing of them may be applied."""
    file, before = uploaded(csv_of(*rows)), list(StockBalance.objects.order_by("pk").values())
    found = plan_stock(rows_of(file)).faults
    with pytest.raises(StockRefused) as refused:
        apply_stock_file(file_id=file.pk, actor_id=1)
    assert refused.value.code == "faults"
    file.refresh_from_db()
    assert file.applied_at is None
    assert list(StockBalance.objects.order_by("pk").values()) == before
    return found


def on_hand() -> dict[tuple[str, str, str, str], int]:
    rows = StockBalance.objects.values_list("stockrecord__partner_sku", "pool", "lot", "location", "on_hand")
    return {(sku, pool, lot, place): units for sku, pool, lot, place, units in rows}


def test_a_file_changes_stock_and_makes_lots() -> None:
    tea = make_product(sku="t", stock=10)
    make_place(code="store")
    place(lines=[(tea, 4)])
    file = uploaded(
        csv_of(
            ("t", "零售", "", "", "", "", "-3", "0"),
            ("t", "团购", "", "", "", "", "+50", ""),
            ("t", "", "2026-A", "store", "2026年3月1日", "20990301", "１２", ""),
            ("t", "零售", "", "", "", "", "", "0"),
        )
    )
    assert [row.row for row in rows_of(file)] == [2, 3, 4]
    assert on_hand() == {("t", "retail", "", ""): 10}
    assert apply_stock_file(file_id=file.pk, actor_id=7) == 3
    assert on_hand() == {
        ("t", "retail", "", ""): 7,
        ("t", "bulk", "", ""): 50,
        ("t", "retail", "2026-A", "store"): 12,
    }
    lot = GoodsLot.objects.get()
    assert (lot.code, str(lot.produced_on), str(lot.expires_on), lot.received_units) == (
        "2026-A",
        "2026-03-01",
        "2099-03-01",
        12,
    )
    entry = JournalEntry.objects.filter(action="stock.imported").get(before__on_hand=10)
    assert (entry.actor_id, entry.after, entry.reason) == (
        7,
        {"pool": "retail", "on_hand": 7, "file": file.pk, "row": 2},
        "stock.csv",
    )
    assert violations() == []


def test_the_same_file_twice_changes_nothing() -> None:
    make_product(sku="t", stock=10)
    raw = csv_of(("t", "", "", "", "", "", "5", "0"))
    first = uploaded(raw)
    assert apply_stock_file(file_id=first.pk, actor_id=1) == 1
    assert apply_stock_file(file_id=first.pk, actor_id=1) == 0
    again = uploaded(raw)
    assert again.pk == first.pk
    assert apply_stock_file(file_id=again.pk, actor_id=1) == 0
    # Saved anew by a spreadsheet it has other bytes, and its version is an old one.
    found = faults(("t", "零售", "", "", "", "", "5", "0"))
    assert [(fault.row, fault.column) for fault in found] == [(2, "版本")]
    assert on_hand() == {("t", "retail", "", ""): 15}
    assert JournalEntry.objects.filter(action="stock.imported").count() == 1


def test_stock_that_moved_since_is_refused_and_not_overwritten() -> None:
    tea, honey = make_product(sku="t", stock=10), make_product(sku="h", name_zh="蜂蜜", stock=10)
    record = place_paid(lines=[(tea, 2)])
    raw = csv_of(("t", "", "", "", "", "", "5", "0"), ("h", "", "", "", "", "", "5", "0"))
    file = uploaded(raw)
    # Orders that are placed meanwhile do not matter to a change; what is shipped or counted does.
    place(lines=[(tea, 1)])
    assert not plan_stock(rows_of(file)).faults
    consume_allocation(line_units={record.shares.get().line_id: 2})
    adjust_stock(stockrecord=honey.stockrecords.get(), delta=1, reason="count")
    found = plan_stock(rows_of(file)).faults
    assert [(fault.row, fault.column, fault.value) for fault in found] == [(2, "版本", "0"), (3, "版本", "0")]
    with pytest.raises(StockRefused):
        apply_stock_file(file_id=file.pk, actor_id=1)
    assert on_hand() == {("t", "retail", "", ""): 8, ("h", "retail", "", ""): 11}


def test_every_bad_row_is_named_with_its_column() -> None:
    tea = make_product(sku="t", stock=3)
    make_lot(product=tea, code="A", units=5, days=9)
    place(lines=[(tea, 6)])
    good = ("t", "", "", "", "", "")
    found = faults(
        ("x", "", "", "", "", "", "1", ""),
        ("t", "仓库", "", "", "", "", "1", ""),
        ("t", "团购", "", "nowhere", "", "", "1", ""),
        (*good, "one", "0"),
        (*good, "1.5", "0"),
        (*good, "-3", "0"),
        (*good, "1", "7"),
        (*good, "1", "abc"),
        (*good, "1", ""),
        ("t", "团购", "", "", "", "", "1", "3"),
        ("t", "", "", "", "2026-01-01", "", "1", "0"),
        ("t", "", "A", "", "", "2099-01-01", "1", "1"),
        ("t", "", "B", "", "", "31/12/26", "1", ""),
        ("t", "", "B", "", "2026-02-01", "2026-01-01", "1", ""),
        ("t", "", "B", "", "", "2020-01-01", "1", ""),
        ("t", "", "B" * 41, "", "", "", "1", ""),
        (*good, "2", "0"),
        (*good, "2", "0"),
        ("t", "团购", "", "", "", "", "-1", ""),
    )
    assert [(fault.row, fault.column) for fault in found] == [
        (2, "货号"),
        (3, "库存池"),
        (4, "仓位"),
        (5, "变动数量"),
        (6, "变动数量"),
        (7, "变动数量"),
        (8, "版本"),
        (9, "版本"),
        (10, "版本"),
        (11, "版本"),
        (12, "生产日期"),
        (13, "到期日"),
        (14, "到期日"),
        (15, "到期日"),
        (16, "到期日"),
        (17, "批次"),
        (19, "货号"),
        (20, "变动数量"),
    ]
    assert all(fault.reason for fault in found)


def test_one_bad_row_among_five_thousand_stops_all_of_them() -> None:
    make_product(sku="t", stock=3)
    rows = [("t", "", f"L{number}", "", "", "", "1", "") for number in range(4_999)]
    found = faults(*rows[:4_000], ("t", "", "", "", "", "", "x", "0"), *rows[4_000:])
    assert [(fault.row, fault.column, fault.value) for fault in found] == [(4_002, "变动数量", "x")]
    assert not GoodsLot.objects.exists()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty"),
        (csv_of(("t", "1")), "no_rows"),
        (csv_of(("t", "1"), columns=("货号", "数量")), "header_missing"),
        (b"PK\x03\x04broken", "unreadable"),
        (b"x" * (2 * 1024 * 1024 + 1), "too_large"),
        (csv_of(*[("t", "", "", "", "", "", "1", "0")] * 5_001), "too_many_rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(raw: bytes, code: str) -> None:
    with pytest.raises((StockRefused, TableError)) as refused:
        read_stock_file(raw)
    assert refused.value.code == code


def test_the_list_is_read_back_as_it_was_written() -> None:
    tea = make_product(sku="t", stock=3)
    make_lot(product=tea, code="A", units=5, days=9)
    balances = list(StockBalance.objects.select_related("stockrecord__product").order_by("pk"))
    rows = [list(row) for row in list_rows(balances)]
    for row in rows:
        row[-2] = "+1"
    file = uploaded(csv_of(*rows, columns=list(column_names().values())))
    assert apply_stock_file(file_id=file.pk, actor_id=1) == 2
    assert on_hand() == {("t", "retail", "", ""): 4, ("t", "retail", "A", ""): 6}
    assert violations() == []
