"""Read a file of agreed prices and hold it against the goods: every bad row is named, nothing is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from shop.core.cells import folded, read_fen, read_whole
from shop.core.exceptions import ShopError
from shop.core.fen import shown_yuan
from shop.core.tabular import Header, find_header, read_rows
from shop.listings.exceptions import ListingError
from shop.listings.models import Listing
from shop.listings.order_rule_models import MOST_ORDERED

MOST_ROWS = 5_000
SKU, PRICE, LEAST = "货号", "协议价", "起始数量"
_LONGEST = 60


@dataclass(frozen=True)
class PriceRow:
    """A row as it was written: its number in the file and three texts; `rounded`: the SKU is no longer as typed."""

    row: int
    sku: str
    price: str
    least: str
    rounded: bool = False


@dataclass(frozen=True)
class PriceFile:
    """The rows of a file, and what it calls its columns."""

    rows: tuple[PriceRow, ...]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class PriceFault:
    """What is wrong with a row: its number, the column as the file calls it, what stands there, and why not."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class AgreedPrice:
    """A price that can be agreed, beside the price for everyone; both in fen."""

    row: int
    listing: Listing
    least: int
    fen: int


@dataclass(frozen=True)
class CheckedPrices:
    """A file after the check, in file order."""

    good: tuple[AgreedPrice, ...]
    faults: tuple[PriceFault, ...]


def read_price_file(raw: bytes) -> PriceFile:
    """Return the rows of an xlsx or csv file with the columns 货号, 协议价 and, if it has one, 起始数量.

    Raises TableError (a file that is broken, hostile or too large, without the columns) and ListingError:
    no_rows, too_many_rows.
    """
    header = find_header(read_rows(raw), (SKU, PRICE), (LEAST,))
    rows = [
        PriceRow(
            row=row.number,
            sku=_cell(row.cells, header, SKU),
            price=_cell(row.cells, header, PRICE),
            least=_cell(row.cells, header, LEAST),
            rounded=header.columns[SKU] in row.faults,
        )
        for row in header.rows
    ]
    rows = [row for row in rows if row.sku or row.price]
    if not rows:
        raise ListingError(_("The list has no rows."), code="no_rows", field="file")
    if len(rows) > MOST_ROWS:
        raise ListingError(
            _("The list has more than %(most)d rows. Please split it.") % {"most": MOST_ROWS},
            code="too_many_rows",
            field="file",
        )
    columns = {name: _column(header, name) for name in (SKU, PRICE, LEAST)}
    return PriceFile(tuple(rows), columns)


def check_prices(rows: Sequence[PriceRow], columns: Mapping[str, str]) -> CheckedPrices:
    """Return the prices that can be agreed and what is wrong with the other rows. One query."""
    listings = _listings({_key(row.sku) for row in rows})
    faults: list[PriceFault] = []
    good: list[AgreedPrice] = []
    seen: dict[tuple[int, int], int] = {}
    for row in rows:
        found = _checked(row, listings, columns, faults)
        if found is None:
            continue
        first = seen.setdefault((found.listing.pk, found.least), row.row)
        if first == row.row:
            good.append(found)
        else:
            reason = _("Row %(row)d has a price for this quantity already.") % {"row": first}
            faults.append(PriceFault(row.row, columns[SKU], row.sku, reason))
    return CheckedPrices(tuple(good), tuple(faults))


def _checked(
    row: PriceRow, listings: Mapping[str, Listing], columns: Mapping[str, str], faults: list[PriceFault]
) -> AgreedPrice | None:
    """Return what a row says, or None with its faults noted."""

    def fault(column: str, value: str, reason: str) -> None:
        faults.append(PriceFault(row.row, columns[column], value, reason))

    before = len(faults)
    listing = listings.get(_key(row.sku))
    if row.rounded:
        reason = _("The spreadsheet has rounded this number: format the column as text and fill it in again.")
        fault(SKU, row.sku, reason)
    elif listing is None:
        fault(SKU, row.sku, _("There is no SKU %(sku)s.") % {"sku": row.sku or "—"})
    fen, least = 0, 1
    try:
        fen = read_fen(row.price)
        least = read_whole(row.least) if row.least else 1
    except ShopError as refused:
        column, value = (PRICE, row.price) if refused.code == "amount" else (LEAST, row.least)
        fault(column, value, str(refused))
    else:
        if fen <= 0:
            fault(PRICE, row.price, _("A price must be more than zero."))
        elif listing is not None and fen >= listing.price_fen:
            reason = _("The price for everyone is ¥%(price)s; an agreed price is below it.")
            fault(PRICE, row.price, reason % {"price": shown_yuan(listing.price_fen)})
        if not 1 <= least <= MOST_ORDERED:
            fault(LEAST, row.least, _("Give a whole number from 1 to %(most)d.") % {"most": MOST_ORDERED})
    if len(faults) > before or listing is None:
        return None
    return AgreedPrice(row.row, listing, least, fen)


def _cell(cells: Sequence[str], header: Header, name: str) -> str:
    place = header.columns.get(name)
    return folded(cells[place])[:_LONGEST] if place is not None and place < len(cells) else ""


def _column(header: Header, name: str) -> str:
    place = header.columns.get(name)
    letter = chr(ord("A") + place) if place is not None and place < 26 else ""
    return f"{letter} {name}".strip()


def _key(sku: str) -> str:
    return "".join(folded(sku).split()).upper()


def _listings(keys: Collection[str]) -> dict[str, Listing]:
    found = Listing.objects.annotate(key=Upper("sku")).filter(key__in=keys).select_related("supplier")
    return {_key(listing.sku): listing for listing in found}
