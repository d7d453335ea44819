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

from shop.core import clock
from shop.coupons.selectors import Offer
from shop.listings.models import Listing
from shop.listings.return_terms import Terms, terms_of
from shop.listings.selectors import FreightParcel, Limit, Shelf, current_shelf, listing_rows
from shop.ordering.deals import NO_DEAL, Deal
from shop.ordering.prices import freight_by_supplier, freight_to_all, unit_prices
from shop.ordering.quote_parts import MOST_UNITS, Problem, QuoteLine, SupplierQuote
from shop.ordering.quote_problems import (
    freight_problems,
    limit_problems,
    limits_of,
    line_problems,
    step_problems,
    stock_problems,
)
from shop.ordering.status import Pool
from shop.suppliers.models import Supplier


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
    deal: Deal = NO_DEAL,
) -> Quote:
    """Return what the basket costs delivered to the province ("" when not chosen yet), and its problems.

    With `line_ids` only those rows are quoted, as if the basket held no others. `pool` is whose stock it would
    take: retail, or bulk for an organisation's order. `rows` are the basket's, from `basket_rows`, and
    `shelf` the current one, where the caller has just read them. Without `with_stock` goods that are short are no
    problem: for placing, where the allocation decides. `deal` is what the buyer has agreed beside the prices for
    everyone. Raises ValueError for another pool.
    Reads only; a constant number of queries. Suppliers and lines stand in the order they were added.
    """
    pool = Pool(pool)
    shelf = shelf or current_shelf()
    found = _whole_rows(basket) if rows is None else rows
    rows = [row for row in found if line_ids is None or row.pk in line_ids]
    listings = listing_rows({row.product_id for row in rows}, shelf)
    lines = _lines(rows, listings, shelf, deal)
    suppliers = by_supplier(lines, listings, province, shelf, deal)
    limits = limits_of(lines, pool, shelf)
    problems = (
        *line_problems(rows, listings, lines, MOST_UNITS[pool]),
        *step_problems(lines, pool, shelf),
        *(limit_problems(lines, limits, basket.owner) if limits else ()),
        *(stock_problems(lines, pool) if with_stock else ()),
        *freight_problems(suppliers, province),
    )
    empty = Problem("empty", _("Your basket is empty."))
    return Quote(
        province=province,
        suppliers=suppliers,
        problems=problems if rows else (empty,),
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


def _lines(
    rows: Sequence[BasketLine], listings: dict[int, Listing], shelf: Shelf, deal: Deal
) -> list[QuoteLine]:
    """Price the rows that have a listing; a product on two rows gets the tier of its sum."""
    quantities: dict[int, int] = defaultdict(int)
    for row in rows:
        quantities[row.product_id] += row.quantity
    prices = unit_prices(quantities, clock.today(), shelf, deal)
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
    lines: Sequence[QuoteLine],
    listings: dict[int, Listing],
    province: str,
    shelf: Shelf,
    deal: Deal = NO_DEAL,
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
    today, to = clock.today(), deal.destinations
    freight = (
        freight_to_all(parcels, to, province=province, on=today, shelf=shelf)
        if to
        else freight_by_supplier(parcels, province=province, on=today, shelf=shelf)
    )
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
