"""What a basket would cost right now: the page shows it, placing recomputes it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from oscar.apps.basket.models import Basket
from oscar.apps.basket.models import Line as BasketLine

from shop.accounts.models import User
from shop.core import clock, fen
from shop.coupons.selectors import Offer
from shop.listings.models import Listing
from shop.listings.return_terms import Terms, terms_of
from shop.listings.selectors import FreightParcel, Limit, Shelf, current_shelf, limits_on, listing_rows
from shop.listings.selectors.cards import is_on_sale
from shop.ordering.limits import bought, person_of, refusal
from shop.ordering.prices import FreightQuote, freight_by_supplier, unit_prices
from shop.ordering.sellable import free_sums
from shop.ordering.status import Pool
from shop.suppliers.models import Supplier, SupplierState

#: Of one product in one order.
MAX_UNITS = 999
MOST_UNITS = {Pool.RETAIL: MAX_UNITS, Pool.BULK: 99_999}


@dataclass(frozen=True)
class Problem:
    """Something the buyer must know. `blocking`: no order can be placed while it stands.

    Codes: empty, withdrawn, supplier_suspended, quantity, too_many, limit, out_of_stock, undeliverable and,
    not blocking, price_changed.
    """

    code: str
    message: str
    basket_line_id: int | None = None
    supplier_code: str = ""
    blocking: bool = True


@dataclass(frozen=True)
class QuoteLine:
    """A basket line at the price of its product's whole quantity; amounts in fen, tax included.

    `line_fen` is before, `paid_fen` after what a coupon takes off.
    """

    basket_line_id: int
    product_id: int
    stockrecord_id: int
    sku: str
    title: str
    spec: str
    supplier_code: str
    quantity: int
    unit_fen: int
    line_fen: int
    weight_g: int
    vat_percent: int
    discount_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """Return what is paid for the line."""
        return self.line_fen - self.discount_fen


@dataclass(frozen=True)
class SupplierQuote:
    """The lines of one supplier and its freight; `freight_fen` is None when it does not deliver there."""

    supplier_code: str
    supplier_name: str
    lines: tuple[QuoteLine, ...]
    goods_fen: int
    freight: FreightQuote

    @property
    def freight_fen(self) -> int | None:
        """Return the freight, None when undeliverable."""
        return self.freight.fen


@dataclass(frozen=True)
class Quote:
    """The basket by supplier. The checkout posts `digest` back, so nothing is charged silently."""

    province: str
    suppliers: tuple[SupplierQuote, ...]
    problems: tuple[Problem, ...]
    goods_fen: int
    freight_fen: int
    digest: str
    listings: dict[int, Listing] = field(repr=False, compare=False)
    shelf: Shelf = field(repr=False, compare=False)
    rows: Mapping[int, BasketLine] = field(repr=False, compare=False)
    pool: Pool = Pool.RETAIL
    #: How many of the products one person may buy, by product; of most there is no limit.
    limits: Mapping[int, Limit] = field(default_factory=dict, repr=False, compare=False)
    return_terms: dict[int, Terms] = field(default_factory=dict, repr=False, compare=False)
    #: The coupon that is used, see coupon_quotes.
    coupon: Offer | None = None

    @property
    def discount_fen(self) -> int:
        """Return what the coupon takes off the goods."""
        return sum(line.discount_fen for line in self.lines)

    @property
    def total_fen(self) -> int:
        """Return goods and freight, less what the coupon takes off."""
        return self.goods_fen - self.discount_fen + self.freight_fen

    @property
    def lines(self) -> tuple[QuoteLine, ...]:
        """Return the lines of every supplier, in supplier order."""
        return tuple(line for supplier in self.suppliers for line in supplier.lines)

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """Return the problems that stand against placing."""
        return tuple(problem for problem in self.problems if problem.blocking)

    @property
    def is_placeable(self) -> bool:
        """Return whether the order can be placed as it is."""
        return not self.blocking


def quote_basket(
    *,
    basket: Basket,
    province: str,
    line_ids: Collection[int] | None = None,
    pool: Pool | str = Pool.RETAIL,
    rows: Sequence[BasketLine] | None = None,
    shelf: Shelf | None = None,
    with_stock: bool = True,
) -> Quote:
    """Return what the basket costs delivered to the province ("" when not chosen yet), and its problems.

    With `line_ids` only those rows are quoted, as if the basket held no others. `pool` is whose stock it would
    take: retail, or bulk for an organisation's order. `rows` are the basket's, from `basket_rows`, and
    `shelf` the current one, where the caller has just read them. Without `with_stock` goods that are short are no
    problem: for placing, where the allocation decides. Raises ValueError for another pool.
    Reads only; a constant number of queries. Suppliers and lines stand in the order they were added.
    """
    pool = Pool(pool)
    shelf = shelf or current_shelf()
    rows = list(_whole_rows(basket)) if rows is None else list(rows)
    if line_ids is not None:
        rows = [row for row in rows if row.pk in line_ids]
    listings = listing_rows({row.product_id for row in rows}, shelf)
    lines = _lines(rows, listings, shelf)
    suppliers = by_supplier(lines, listings, province, shelf)
    limits = _limits(lines, pool, shelf)
    problems = (
        *_line_problems(rows, listings, lines, MOST_UNITS[pool]),
        *(_limit_problems(lines, limits, basket.owner) if limits else ()),
        *(_stock_problems(lines, pool) if with_stock else ()),
        *_freight_problems(suppliers, province),
    )
    if not rows:
        problems = (Problem("empty", _("Your basket is empty.")),)
    return Quote(
        province=province,
        suppliers=suppliers,
        problems=problems,
        goods_fen=sum(supplier.goods_fen for supplier in suppliers),
        freight_fen=sum(supplier.freight_fen or 0 for supplier in suppliers),
        digest=digest_of(province, suppliers, pool),
        listings=listings,
        shelf=shelf,
        rows={row.pk: row for row in rows},
        pool=pool,
        limits=limits,
        return_terms={pk: terms_of(listing, clock.today(), shelf) for pk, listing in listings.items()},
    )


def basket_rows(basket: Basket) -> list[BasketLine]:
    """Return the basket's rows in the order they were added, to be looked at. One query.

    Each has the name of its product and the number of the partner whose stock record it is.
    """
    return list(_rows(basket))


def _rows(basket: Basket) -> QuerySet[BasketLine]:
    rows = BasketLine.objects.filter(basket_id=basket.pk).order_by("date_created", "pk")
    return rows.annotate(product_title=F("product__title"), partner_id=F("stockrecord__partner_id"))


def _whole_rows(basket: Basket) -> QuerySet[BasketLine]:
    """Return the rows with all that an order is written from."""
    return _rows(basket).select_related("product", "stockrecord__partner")


def _lines(rows: Sequence[BasketLine], listings: dict[int, Listing], shelf: Shelf) -> list[QuoteLine]:
    """Price the rows that have a listing; a product on two rows gets the tier of its sum."""
    quantities: dict[int, int] = defaultdict(int)
    for row in rows:
        quantities[row.product_id] += row.quantity
    prices = unit_prices(quantities, clock.today(), shelf)
    return [
        QuoteLine(
            basket_line_id=row.pk,
            product_id=row.product_id,
            stockrecord_id=row.stockrecord_id,
            sku=listing.sku,
            title=row.product_title,
            spec=listing.spec,
            supplier_code=listing.supplier.code,
            quantity=row.quantity,
            unit_fen=prices[row.product_id],
            line_fen=prices[row.product_id] * row.quantity,
            weight_g=listing.gross_weight_g * row.quantity,
            vat_percent=listing.vat_percent,
        )
        for row in rows
        if (listing := listings.get(row.product_id)) is not None
    ]


def by_supplier(
    lines: Sequence[QuoteLine], listings: dict[int, Listing], province: str, shelf: Shelf
) -> tuple[SupplierQuote, ...]:
    """Return the lines by supplier, with its freight: what is paid for the goods decides whether it is free."""
    found: dict[str, Supplier] = {}
    of_supplier: dict[str, list[QuoteLine]] = defaultdict(list)
    for line in lines:
        found[line.supplier_code] = listings[line.product_id].supplier
        of_supplier[line.supplier_code].append(line)
    parcels = [
        FreightParcel(
            supplier_code=code,
            goods_fen=sum(line.paid_fen for line in of_supplier[code]),
            gross_weight_g=sum(line.weight_g for line in of_supplier[code]),
        )
        for code in found
    ]
    freight = freight_by_supplier(parcels, province=province, on=clock.today(), shelf=shelf)
    return tuple(
        SupplierQuote(
            supplier_code=parcel.supplier_code,
            supplier_name=found[parcel.supplier_code].name_zh,
            lines=tuple(of_supplier[parcel.supplier_code]),
            goods_fen=sum(line.line_fen for line in of_supplier[parcel.supplier_code]),
            freight=freight[parcel.supplier_code],
        )
        for parcel in parcels
    )


def _line_problems(
    rows: Sequence[BasketLine], listings: dict[int, Listing], lines: Sequence[QuoteLine], most: int
) -> list[Problem]:
    quoted = {line.basket_line_id: line for line in lines}
    sums: dict[int, int] = defaultdict(int)
    problems: list[Problem] = []
    for row in rows:
        sums[row.product_id] += row.quantity
        listing, line = listings.get(row.product_id), quoted.get(row.pk)
        found = _problem_of(row, listing, sums[row.product_id], most)
        if found is None and line is not None and _price_changed(row, line, listings[row.product_id]):
            message = _("The price of “%(product)s” has changed since you put it into the basket.")
            found = ("price_changed", message)
        if found is not None:
            code, message = found
            problems.append(
                Problem(
                    code=code,
                    message=message % {"product": row.product_title, "most": most},
                    basket_line_id=row.pk,
                    supplier_code=listing.supplier.code if listing else "",
                    blocking=code != "price_changed",
                )
            )
    return problems


def _problem_of(row: BasketLine, listing: Listing | None, together: int, most: int) -> tuple[str, str] | None:
    if listing is not None and listing.supplier.state == SupplierState.SUSPENDED:
        return "supplier_suspended", _("The supplier of “%(product)s” does not sell at present.")
    if listing is None or not is_on_sale(listing):
        return "withdrawn", _("“%(product)s” is no longer on sale. Please remove it from the basket.")
    if row.partner_id != listing.supplier.partner_id:
        return "withdrawn", _("“%(product)s” is no longer on sale. Please remove it from the basket.")
    if row.quantity < 1:
        return "quantity", _("Please give a quantity for “%(product)s”.")
    if together > most:
        return "too_many", _("At most %(most)d pieces of “%(product)s” can be ordered at once.")
    return None


def _price_changed(row: BasketLine, line: QuoteLine, listing: Listing) -> bool:
    """Compare with the price seen when the line was added: the base price or that of a tier then reached."""
    if row.price_incl_tax is None:
        return False
    return fen.from_yuan(row.price_incl_tax) not in (line.unit_fen, listing.price_fen)


def _stock_problems(lines: Sequence[QuoteLine], pool: Pool) -> list[Problem]:
    wanted: dict[int, int] = defaultdict(int)
    for line in lines:
        wanted[line.stockrecord_id] += line.quantity
    left = free_sums(wanted.keys(), pool)
    problems = []
    for line in lines:
        has = left.get(line.stockrecord_id, 0)
        if wanted[line.stockrecord_id] > has:
            message = (
                _("“%(product)s” has only %(left)d left. Please change the quantity.")
                if has
                else _("“%(product)s” is sold out.")
            )
            text = message % {"product": line.title, "left": has}
            problems.append(Problem("out_of_stock", text, line.basket_line_id, line.supplier_code))
    return problems


def _limits(lines: Sequence[QuoteLine], pool: Pool, shelf: Shelf) -> dict[int, Limit]:
    """Return the limits of these goods; organisations buy bulk stock without one."""
    known = limits_on(shelf, clock.today()) if pool == Pool.RETAIL else {}
    return {line.product_id: known[line.product_id] for line in lines if line.product_id in known}


def _limit_problems(
    lines: Sequence[QuoteLine], limits: Mapping[int, Limit], owner: User | None
) -> list[Problem]:
    """Hold the basket, and what its owner has ordered before, against the limits. One query for an owner."""
    had = bought(person_of(owner), limits) if owner else {}
    wanted: dict[int, int] = defaultdict(int)
    for line in lines:
        wanted[line.product_id] += line.quantity
    problems = []
    for line in lines:
        limit, before = limits.get(line.product_id), had.get(line.product_id, 0)
        if limit is not None and wanted[line.product_id] + before > limit.units:
            text = refusal(line.title, limit, before)
            problems.append(Problem("limit", text, line.basket_line_id, line.supplier_code))
    return problems


def _freight_problems(suppliers: Sequence[SupplierQuote], province: str) -> list[Problem]:
    if not province:
        return []
    return [
        Problem(
            "undeliverable",
            _("%(supplier)s does not deliver to %(province)s.")
            % {"supplier": supplier.supplier_name, "province": province},
            supplier_code=supplier.supplier_code,
        )
        for supplier in suppliers
        if not supplier.freight.deliverable
    ]


def digest_of(province: str, suppliers: Sequence[SupplierQuote], pool: Pool, coupon: str = "") -> str:
    """Digest everything the buyer agreed to: goods, label, quantities, prices, freight, province, pool, coupon."""
    seen: list[object] = [
        [
            supplier.supplier_code,
            supplier.freight_fen,
            [
                [line.basket_line_id, line.sku, line.title, line.spec, line.quantity, line.unit_fen]
                for line in supplier.lines
            ],
        ]
        for supplier in suppliers
    ]
    if coupon:
        seen.append([coupon, [line.discount_fen for supplier in suppliers for line in supplier.lines]])
    return hashlib.sha256(json.dumps([province, pool.value, seen], ensure_ascii=False).encode()).hexdigest()
