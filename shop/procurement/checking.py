"""Hold a list of SKUs and quantities against what is for sale: every bad row is named, nothing is written."""

import difflib
import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from shop.core import clock
from shop.listings.models import Listing, ListingState
from shop.listings.selectors import (
    ANY_QUANTITY,
    PriceQuote,
    Step,
    current_shelf,
    steps_on,
)
from shop.listings.selectors.cards import is_on_sale
from shop.ordering.deals import NO_DEAL, Deal
from shop.ordering.prices import deal_prices
from shop.ordering.quote_parts import MOST_UNITS
from shop.ordering.sellable import free_of_products
from shop.ordering.status import Pool
from shop.procurement.uploads import ListedRow, whole
from shop.suppliers.models import SupplierState

BULK = Pool.BULK
MAX_UNITS = MOST_UNITS[BULK]
#: Of rows that are summed so many are named.
ROWS_TOLD = 10
_DASHES = re.compile("[‐‑‒–—―−]")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: its number, the column as the file calls it, what stands there, and why not.

    `field` is sku or quantity; `suggestion` is a SKU that may be meant, or units that can be ordered. Of a SKU
    that `is_unknown` the suggestion is looked for by `with_suggestions`.
    """

    row: int
    field: str
    column: str
    value: str
    reason: str
    suggestion: str = ""
    is_unknown: bool = False


@dataclass(frozen=True)
class GoodRow:
    """Goods that can be ordered: from which rows, how many together, at the price of that quantity."""

    rows: tuple[int, ...]
    product_id: int
    sku: str
    title: str
    quantity: int
    price: PriceQuote

    @property
    def line_fen(self) -> int:
        """Return the price of all units."""
        return self.price.unit_fen * self.quantity

    @property
    def is_summed(self) -> bool:
        """Say whether the SKU stood in more than one row."""
        return len(self.rows) > 1


@dataclass(frozen=True)
class Checked:
    """A list after the check: what can be ordered, and every fault in file order."""

    good: tuple[GoodRow, ...]
    faults: tuple[Fault, ...]

    @property
    def goods_fen(self) -> int:
        """Return what the good rows cost together."""
        return sum(row.line_fen for row in self.good)

    @property
    def bad_rows(self) -> tuple[int, ...]:
        """Return the numbers of the rows that have a fault."""
        return tuple(sorted({fault.row for fault in self.faults}))

    @property
    def digest(self) -> str:
        """Return a mark of what would be taken over: goods, units, prices and which rows stay out."""
        seen = [[row.product_id, row.quantity, row.price.unit_fen] for row in self.good]
        return hashlib.sha256(json.dumps([seen, self.bad_rows]).encode()).hexdigest()

    def quantities(self) -> dict[int, int]:
        """Return the units by product id."""
        return {row.product_id: row.quantity for row in self.good}


@dataclass
class _Sheet:
    """What the check gathers, and what the file calls its columns."""

    columns: Mapping[str, str]
    faults: list[Fault]

    def fault(
        self, row: ListedRow, field: str, reason: str, suggestion: str = "", *, is_unknown: bool = False
    ) -> None:
        """Note what is wrong with one cell."""
        value = row.sku if field == "sku" else row.quantity
        self.faults.append(Fault(row.row, field, self.columns[field], value, reason, suggestion, is_unknown))


def check_rows(rows: Sequence[ListedRow], *, columns: Mapping[str, str], deal: Deal = NO_DEAL) -> Checked:
    """Return what of the rows can be ordered and what is wrong with the others; six queries at most.

    The same SKU in several rows is summed. A row with a fault never counts, not even in part.
    """
    sheet = _Sheet(columns, [])
    listings = _listings(row.sku for row in rows)
    wanted: dict[int, list[tuple[ListedRow, int]]] = defaultdict(list)
    for row in rows:
        listing = listings.get(sku_key(row.sku))
        units = _units(sheet, row)
        if "sku" in row.rounded or listing is None or not _is_for_sale(listing):
            _sku_fault(sheet, row, listing)
        elif units is not None:
            wanted[listing.product_id].append((row, units))
    by_product = {listing.product_id: listing for listing in listings.values()}
    good = _within_stock(sheet, wanted, by_product, deal)
    return Checked(good, tuple(sorted(sheet.faults, key=lambda fault: (fault.row, fault.field != "sku"))))


def with_suggestions(faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults, those of unknown SKUs with the SKU that may be meant. One query where there are any.

    For the faults of a page: the cost is in proportion to their number, whatever is for sale.
    """
    if not any(fault.is_unknown for fault in faults):
        return list(faults)
    likely = _Likely(_skus_for_sale())
    return [
        replace(fault, suggestion=likely.to(fault.value)) if fault.is_unknown else fault for fault in faults
    ]


class _Likely:
    """Finds SKUs that look alike: by the pairs of characters they share, then by comparing only the nearest."""

    NEAREST = 8

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self.having: dict[str, list[str]] = defaultdict(list)
        for key in known:
            for pair in _pairs(key):
                self.having[pair].append(key)

    def to(self, text: str) -> str:
        """Return the SKU for sale that a text may mean, "" when none is near enough."""
        key = sku_key(text)
        shared = Counter(near for pair in _pairs(key) for near in self.having.get(pair, ()))
        near = sorted(shared, key=lambda other: (-shared[other], abs(len(other) - len(key)), other))
        close = difflib.get_close_matches(key, near[: self.NEAREST], n=1, cutoff=0.75)
        return self.known[close[0]] if close else ""


def _pairs(key: str) -> set[str]:
    return {key[place : place + 2] for place in range(len(key) - 1)}


def sku_key(text: str) -> str:
    """Return a SKU as it is compared: full-width forms and dashes folded, no blanks, capital letters."""
    folded = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return "".join(folded.split()).upper()


def bulk_left(product_ids: Iterable[int]) -> dict[int, int]:
    """Return the units of each product that the bulk pool can promise now; absent means none. One query."""
    return free_of_products(list(product_ids), BULK)


def _listings(skus: Iterable[str]) -> dict[str, Listing]:
    keys = {sku_key(sku) for sku in skus} - {""}
    found = Listing.objects.annotate(key=Upper("sku")).filter(key__in=keys)
    return {sku_key(listing.sku): listing for listing in found.select_related("product", "supplier")}


def _is_for_sale(listing: Listing) -> bool:
    return is_on_sale(listing) and listing.supplier.state == SupplierState.ADMITTED


def _sku_fault(sheet: _Sheet, row: ListedRow, listing: Listing | None) -> None:
    if not row.sku:
        reason = _("The SKU is missing. Of merged cells only the first holds it.")
        sheet.fault(row, "sku", reason)
    elif "sku" in row.rounded:
        sheet.fault(row, "sku", _rounded())
    elif listing is None:
        sheet.fault(row, "sku", _("There is no SKU %(sku)s.") % {"sku": row.sku}, is_unknown=True)
    else:
        reason = _("“%(product)s” is not for sale now.") % {"product": listing.name_zh}
        sheet.fault(row, "sku", reason)


def _rounded() -> str:
    return _("The spreadsheet has rounded this number: format the column as text and fill it in again.")


def _units(sheet: _Sheet, row: ListedRow) -> int | None:
    """Return the units of a row, or None with the fault noted."""
    units = whole(row.quantity)
    if not row.quantity:
        sheet.fault(row, "quantity", _("The quantity is missing."))
    elif "quantity" in row.rounded:
        sheet.fault(row, "quantity", _rounded())
    elif units is None:
        sheet.fault(row, "quantity", _("“%(text)s” is not a whole number.") % {"text": row.quantity})
    elif units < 1:
        sheet.fault(row, "quantity", _("The quantity must be 1 or more."))
    elif units > MAX_UNITS:
        reason = _("At most %(most)d units of one SKU can be ordered.") % {"most": MAX_UNITS}
        sheet.fault(row, "quantity", reason, str(MAX_UNITS))
    else:
        return units
    return None


def _within_stock(
    sheet: _Sheet,
    wanted: Mapping[int, Sequence[tuple[ListedRow, int]]],
    listings: Mapping[int, Listing],
    deal: Deal,
) -> tuple[GoodRow, ...]:
    left = bulk_left(wanted)
    sums = {product_id: sum(units for _row, units in rows) for product_id, rows in wanted.items()}
    shelf = current_shelf()
    prices = deal_prices(sums, clock.today(), shelf, deal)
    steps = steps_on(shelf, clock.today())
    good = []
    for product_id, rows in wanted.items():
        units, step, has = sums[product_id], steps.get(product_id, ANY_QUANTITY), left.get(product_id, 0)
        if units <= has and step.allows(units):
            numbers = tuple(row.row for row, _units in rows)
            listing = listings[product_id]
            good.append(GoodRow(numbers, product_id, listing.sku, listing.name_zh, units, prices[product_id]))
            continue
        reason = _wrong_step(step, units, rows) if units <= has else _too_many(has, units, rows)
        # Of several rows that are summed none can be told what it should hold.
        near = _possible(step, units, has) if len(rows) == 1 else 0
        for row, _units in rows:
            sheet.fault(row, "quantity", reason, str(near) if near else "")
    return tuple(good)


def _possible(step: Step, units: int, left: int) -> int:
    """Return the quantity nearest to this one that can be ordered, the next one rather than one below; or 0."""
    wanted = step.next_from(units)
    return wanted if wanted <= min(left, MAX_UNITS) else step.most_within(min(left, MAX_UNITS))


def _wrong_step(step: Step, together: int, rows: Sequence[tuple[ListedRow, int]]) -> str:
    if len(rows) > 1:
        return _(
            "Rows %(rows)s ask for %(together)d together; it is ordered from %(least)d on, by %(step)d."
        ) % {
            "rows": shown_rows([row.row for row, _units in rows]),
            "together": together,
            "least": step.least,
            "step": step.step,
        }
    return _("It is ordered from %(least)d units on, by %(step)d.") % {"least": step.least, "step": step.step}


def shown_rows(numbers: Sequence[int]) -> str:
    """Return the numbers of rows as they are told: of very many the first ones."""
    return "、".join(map(str, numbers[:ROWS_TOLD])) + ("…" if len(numbers) > ROWS_TOLD else "")


def _too_many(left: int, together: int, rows: Sequence[tuple[ListedRow, int]]) -> str:
    if not left:
        return _("Sold out in bulk.")
    if len(rows) > 1:
        return _("Rows %(rows)s ask for %(together)d together; %(left)d are left in bulk.") % {
            "rows": shown_rows([row.row for row, _units in rows]),
            "together": together,
            "left": left,
        }
    return _("Only %(left)d are left in bulk.") % {"left": left}


def _skus_for_sale() -> dict[str, str]:
    rows = Listing.objects.filter(state=ListingState.PUBLISHED, product__is_public=True)
    return {sku_key(sku): sku for sku in rows.values_list("sku", flat=True)}
