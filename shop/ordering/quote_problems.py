"""What the buyer of a basket must know: goods withdrawn, short, too many, prices that moved, no delivery."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from oscar.apps.basket.models import Line as BasketLine

from shop.accounts.models import User
from shop.core import clock, fen
from shop.listings.models import Listing
from shop.listings.selectors import ANY_QUANTITY, Limit, Shelf, Step, limits_on, steps_on
from shop.listings.selectors.cards import is_on_sale
from shop.ordering.limits import bought, person_of, refusal
from shop.ordering.quote_parts import Problem, QuoteLine, SupplierQuote
from shop.ordering.sellable import free_sums
from shop.ordering.status import Pool
from shop.suppliers.models import SupplierState


def line_problems(
    rows: Sequence[BasketLine], listings: dict[int, Listing], lines: Sequence[QuoteLine], most: int
) -> list[Problem]:
    """Return what is wrong with the goods of rows, or has changed since they were put in."""
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


def step_problems(lines: Sequence[QuoteLine], pool: Pool, shelf: Shelf) -> list[Problem]:
    """Return the goods that are not ordered in such quantities; rules count for residents where they say so."""
    steps = steps_on(shelf, clock.today())
    wanted: dict[int, int] = defaultdict(int)
    for line in lines:
        wanted[line.product_id] += line.quantity
    problems = []
    for line in lines:
        step, units = steps.get(line.product_id, ANY_QUANTITY), wanted[line.product_id]
        if units > 0 and not step.allows(units) and (pool == Pool.BULK or step.for_residents):
            text = _step_refusal(line.title, step, units)
            problems.append(Problem("step", text, line.basket_line_id, line.supplier_code))
    return problems


def _step_refusal(title: str, step: Step, units: int) -> str:
    return _("“%(product)s” is ordered from %(least)d units on, by %(step)d: %(next)d would be the next.") % {
        "product": title,
        "least": step.least,
        "step": step.step,
        "next": step.next_from(units),
    }


def stock_problems(lines: Sequence[QuoteLine], pool: Pool) -> list[Problem]:
    """Return the goods of which the pool has fewer free units. One query."""
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


def limits_of(lines: Sequence[QuoteLine], pool: Pool, shelf: Shelf) -> dict[int, Limit]:
    """Return the limits of these goods; organisations buy bulk stock without one."""
    known = limits_on(shelf, clock.today()) if pool == Pool.RETAIL else {}
    return {line.product_id: known[line.product_id] for line in lines if line.product_id in known}


def limit_problems(
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


def freight_problems(suppliers: Sequence[SupplierQuote], province: str) -> list[Problem]:
    """Return the suppliers that do not deliver to the province."""
    if not province:
        return []
    return [
        Problem(
            "undeliverable",
            _("%(supplier)s does not deliver to %(province)s.")
            % {"supplier": supplier.supplier_name, "province": supplier.freight.not_to or province},
            supplier_code=supplier.supplier_code,
        )
        for supplier in suppliers
        if not supplier.freight.deliverable
    ]
