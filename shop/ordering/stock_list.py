"""The list of stock as a file: written with the version of every balance, read back with changes filled in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.core.cells import folded
from shop.core.tabular import Header, Row, TableError, find_header, read_rows
from shop.ordering.exceptions import StockRefused
from shop.ordering.models import StockBalance
from shop.ordering.status import StockPool
from shop.ordering.stock_models import GoodsLot

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5_000
#: Longer than any cell may be, so that a cell that is too long is named and not cut to fit.
LONGEST_CELL = 80
#: Our names of the columns that are read back, in the order in which rows are kept.
KEYS = ("sku", "pool", "lot", "location", "made", "expires", "change", "version")
#: Chinese and English names are both read, whatever language the file was written in.
_READ = {
    "sku": ("货号", "SKU"),
    "pool": ("库存池", "Pool"),
    "lot": ("批次", "Lot"),
    "location": ("仓位", "Place"),
    "made": ("生产日期", "Made on"),
    "expires": ("到期日", "Expires on"),
    "change": ("变动数量", "Change"),
    "version": ("版本", "Version"),
}
_POOLS = {
    "零售": StockPool.RETAIL,
    "retail": StockPool.RETAIL,
    "": StockPool.RETAIL,
    "团购": StockPool.BULK,
    "bulk": StockPool.BULK,
    "停售": StockPool.WITHHELD,
    "withheld": StockPool.WITHHELD,
    "withheldfromsale": StockPool.WITHHELD,
}


@dataclass(frozen=True)
class StockRow:
    """A row that names a change, as it was written: its number in the file and eight texts."""

    row: int
    sku: str
    pool: str
    lot: str
    location: str
    made: str
    expires: str
    change: str
    version: str


def column_names() -> dict[str, str]:
    """Return the columns of the list by our name, in the reader's language."""
    return {
        "sku": _("SKU"),
        "title": _("Product"),
        "pool": pgettext("of stock", "Pool"),
        "lot": pgettext("of stock", "Lot"),
        "location": pgettext("of stock", "Place"),
        "made": _("Made on"),
        "expires": _("Expires on"),
        "on_hand": _("On hand"),
        "promised": _("Promised"),
        "change": pgettext("of stock", "Change"),
        "version": pgettext("of stock", "Version"),
    }


def list_rows(balances: Sequence[StockBalance]) -> Iterator[list[str | int]]:
    """Return a row for each balance, with an empty change. One query."""
    lots = {
        (lot.stockrecord_id, lot.code): lot
        for lot in GoodsLot.objects.filter(stockrecord__in={one.stockrecord_id for one in balances})
    }
    for balance in balances:
        lot = lots.get((balance.stockrecord_id, balance.lot))
        yield [
            balance.stockrecord.partner_sku,
            balance.stockrecord.product.title,
            str(StockPool(balance.pool).label),
            balance.lot,
            balance.location,
            str(lot.produced_on or "") if lot else "",
            str(balance.expires_on or ""),
            balance.on_hand,
            balance.allocated,
            "",
            balance.version,
        ]


def read_stock_file(raw: bytes) -> tuple[StockRow, ...]:
    """Return the rows of an xlsx or csv file (UTF-8, UTF-16, GBK) whose change is filled in.

    Raises TableError (broken, hostile, no such columns) and StockRefused: too_large, too_many_rows, no_rows.
    """
    if len(raw) > MAX_BYTES:
        raise StockRefused(_("The file is larger than 2 MB."), code="too_large", field="file")
    header, columns = _header(read_rows(raw))
    if len(header.rows) > MAX_ROWS:
        raise StockRefused(
            _("The list has more than %(most)d rows. Please split it.") % {"most": MAX_ROWS},
            code="too_many_rows",
            field="file",
        )
    rows = [_row(row, columns) for row in header.rows]
    filled = tuple(row for row in rows if row.change not in ("", "0"))
    if not filled:
        raise StockRefused(_("No row of the file has a change."), code="no_rows", field="file")
    return filled


def pool_named(text: str) -> StockPool | None:
    """Return the pool that a text names; an empty one is retail."""
    return _POOLS.get("".join(text.split()).casefold())


def _header(rows: list[Row]) -> tuple[Header, dict[str, int]]:
    """Return the header and where our columns stand; the names may be Chinese or English."""
    refused: TableError | None = None
    for names in zip(*_READ.values(), strict=True):
        by_key = dict(zip(KEYS, names, strict=True))
        needed = [by_key[key] for key in ("sku", "change", "version")]
        try:
            header = find_header(rows, needed, [name for name in names if name not in needed])
        except TableError as error:
            refused = refused or error
        else:
            places = {key: header.columns[name] for key, name in by_key.items() if name in header.columns}
            return header, places
    assert refused is not None
    raise refused


def _row(row: Row, columns: dict[str, int]) -> StockRow:
    texts = dict.fromkeys(KEYS, "")
    for key, place in columns.items():
        text = row.cells[place] if place < len(row.cells) else ""
        texts[key] = folded(text).lstrip("'’")[:LONGEST_CELL]
    return StockRow(row.number, **texts)
