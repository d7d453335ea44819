"""The list of what is to be shipped: written with empty courier numbers, read back filled in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.accounts.phones import shown_phone
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.cells import folded
from shop.core.tabular import Header, Row, TableError, find_header, plain, read_rows
from shop.fulfilment.consignments import consignments_to_ship, plan_of, units_of
from shop.fulfilment.desk import OPEN_STATES, DeskRow, desk_rows
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.files import Sheet, Value
from shop.fulfilment.selectors import supplier_orders

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 10_000
#: Orders that are written into one list.
MAX_ORDERS = 500
LONGEST_CELL = 60
#: Our names of the columns that are read back, in the order in which rows are kept; files of before lack the last.
KEYS = ("order", "line", "units", "courier", "number", "consignment")
_NEEDED = KEYS[:5]
_LETTERS = 26


def column_names() -> dict[str, str]:
    """Return the columns of the list by our name, in the reader's language."""
    return {
        "order": _("Order number"),
        "line": pgettext("of an order", "Line"),
        "sku": _("SKU"),
        "title": _("Product"),
        "spec": _("Specification"),
        "left": _("Left to ship"),
        "recipient": _("Recipient"),
        "phone": _("Phone"),
        "address": _("Address"),
        "message": _("Buyer's message"),
        "units": _("Units in this parcel"),
        "courier": _("Courier"),
        "number": _("Courier number"),
        "consignment": _("Recipient no."),
    }


#: Chinese and English names are both read, whatever language the file was written in.
_READ = {
    "order": ("订单号", "Order number"),
    "line": ("行号", "Line"),
    "units": ("本次发货件数", "Units in this parcel"),
    "courier": ("快递公司", "Courier"),
    "number": ("快递单号", "Courier number"),
}
#: Of an order to many alone.
_CONSIGNMENT = ("收件序号", "Recipient no.")


def open_rows(scope: Scope) -> list[DeskRow]:
    """Return what of the scope can be shipped now, the most urgent first; a constant number of queries."""
    orders = supplier_orders(scope).filter(state__in=OPEN_STATES).order_by("ship_by", "pk")
    return [row for row in desk_rows(list(orders[:MAX_ORDERS]), clock.now()) if row.can_ship]


def shipping_sheet(rows: Sequence[DeskRow]) -> Sheet:
    """Return the list to be filled in: a receiver only where something is left to ship.

    One row per line; of an order to many one per recipient, whose goods go together. Two queries at most.
    """
    return Sheet(
        title=pgettext("name of a sheet", "to ship"),
        columns=list(column_names().values()),
        widths=(20, 6, 18, 26, 16, 10, 12, 16, 40, 24, 14, 14, 24, 8),
        rows=[*_sheet_rows(rows), *_consigned_rows(rows)],
    )


def _consigned_rows(rows: Sequence[DeskRow]) -> Iterator[Sequence[Value]]:
    """Yield the recipients of orders to many, the goods of each in one cell."""
    found = {row.order.pk: row for row in rows if row.is_consigned}
    if not found:
        return
    goods: dict[tuple[int, int], tuple[str, int]] = {}
    for one in consignments_to_ship(row.order for row in found.values()).iterator():
        row = found[one.supplier_order_id]
        record, plan = row.order.record, plan_of(row.order.record)
        assert plan is not None, "a consigned order has a plan"
        key = (row.order.pk, one.sets)
        if key not in goods:
            units = [(line.share.line.title, units_of(plan, line.share, one.sets)) for line in row.lines]
            goods[key] = (
                "、".join(f"{title} × {count}" for title, count in units),
                sum(n for _t, n in units),
            )
        text, count = goods[key]
        address = f"{one.province}{one.city}{one.county}{one.street}"
        name = "".join((one.name, f"（{one.department}）" if one.department else ""))
        message = str(record.messages.get(row.order.supplier.code, ""))
        yield (
            *(record.number, "", "", text, "", count),
            *(name, shown_phone(one.phone), address, message, "", "", "", one.number),
        )


def _sheet_rows(rows: Sequence[DeskRow]) -> Iterator[Sequence[Value]]:
    for row in rows:
        if row.is_consigned:
            continue
        record = row.order.record
        address = f"{record.province}{record.city}{record.county}{record.street}"
        message = str(record.messages.get(row.order.supplier.code, ""))
        for line in row.lines:
            if line.left:
                share = line.share
                listing = share.line.product.listing if share.line.product else None
                yield (
                    record.number,
                    share.number,
                    str(share.dims.get("product", "")),
                    share.line.title,
                    listing.spec if listing else "",
                    line.left,
                    record.recipient_name,
                    shown_phone(record.recipient_phone),
                    address,
                    message,
                    line.left,
                    "",
                    "",
                    "",
                )


@dataclass(frozen=True)
class ListRow:
    """A row that names a parcel, as it was written: its number in the file and its texts."""

    row: int
    order: str
    line: str
    units: str
    courier: str
    number: str
    consignment: str = ""


@dataclass(frozen=True)
class ReadFile:
    """The rows that name a courier or a number, what the file calls its columns, and how many were left empty."""

    rows: tuple[ListRow, ...]
    columns: dict[str, str]
    empty: int


def read_shipping_file(raw: bytes) -> ReadFile:
    """Return the rows of an xlsx or csv file (UTF-8, UTF-16, GBK); rows without courier and number are left out.

    Raises TableError (broken, hostile, no such columns, a number that the spreadsheet has rounded) and
    ShippingError: too_large, too_many_rows, no_rows.
    """
    if len(raw) > MAX_BYTES:
        raise ShippingError(_("The file is larger than 2 MB."), code="too_large", field="file")
    header, columns = _header(read_rows(raw))
    if len(header.rows) > MAX_ROWS:
        raise ShippingError(
            _("The list has more than %(most)d rows. Please split it.") % {"most": MAX_ROWS},
            code="too_many_rows",
            field="file",
        )
    rows = [_row(row, columns) for row in header.rows]
    filled = tuple(row for row in rows if row.courier or row.number)
    if not filled:
        raise ShippingError(
            _("No row of the file has a courier and a courier number."), code="no_rows", field="file"
        )
    names = {key: _named(header.row, place) for key, place in columns.items()}
    return ReadFile(filled, names, len(rows) - len(filled))


def _header(rows: list[Row]) -> tuple[Header, dict[str, int]]:
    """Return the header and where our columns stand; the names may be Chinese or English."""
    refused: TableError | None = None
    for names in zip(*_READ.values(), strict=True):
        try:
            header = find_header(rows, names, _CONSIGNMENT)
        except TableError as error:
            refused = refused or error
        else:
            columns = {key: header.columns[name] for key, name in zip(_NEEDED, names, strict=True)}
            places = [header.columns[name] for name in _CONSIGNMENT if name in header.columns]
            return header, columns | ({"consignment": places[0]} if places else {})
    assert refused is not None
    raise refused


def _row(row: Row, columns: dict[str, int]) -> ListRow:
    texts = {}
    for key, place in columns.items():
        text = row.cells[place] if place < len(row.cells) else ""
        # What the spreadsheet has rounded is not what was typed; the check says so at its row.
        fault = row.faults.get(place)
        texts[key] = f"{ROUNDED}{text}" if fault else folded(text).lstrip("'’")[:LONGEST_CELL]
    return ListRow(row.number, **texts)


#: Marks a cell whose digits the spreadsheet has rounded.
ROUNDED = "\u26a0"


def _named(header: Row, place: int) -> str:
    letter = chr(ord("A") + place) if place < _LETTERS else ""
    return f"{letter} {header.cells[place]}".strip()[:LONGEST_CELL]


def whole_units(text: str) -> int | None:
    """Return the whole number of 0 or more that a text means, else None."""
    match = re.fullmatch(r"(\d{1,6})(?:\.0+)?", plain(text), re.ASCII)
    return int(match[1]) if match else None
