"""The basket as it stands now: what can be bought, what cannot and why, what the ticked rows cost."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from oscar.apps.basket.models import Basket
from oscar.apps.basket.models import Line as BasketLine

from shop.forks.basket.selection import ticked
from shop.listings.presentation import shelf_and_cards
from shop.listings.selectors import ProductCard
from shop.ordering.coupon_quotes import Choice
from shop.ordering.quote_parts import Problem
from shop.ordering.quotes import Quote, basket_rows, quote_basket

DEFAULT_PROVINCE = "浙江省"
#: A row with one of these cannot be ordered whatever its quantity.
_DEAD = ("withdrawn", "supplier_suspended")


@dataclass(frozen=True)
class Contents:
    """Rows by id, their cards by product, the quote of everything and of the ticked rows."""

    rows: dict[int, BasketLine]
    cards: dict[int, ProductCard]
    province: str
    whole: Quote
    chosen: Quote
    dead: dict[int, str]
    ticked: frozenset[int]
    problems: dict[int, list[Problem]]
    #: What the person's coupons would do to the ticked rows, the best first.
    coupons: tuple[Choice, ...] = ()

    def left(self, line_id: int) -> int:
        """Return how many pieces of the row's product the shop shows as left."""
        card = self.cards.get(self.rows[line_id].product_id)
        return max(card.stock, 0) if card else 0


def province_of(request: HttpRequest) -> str:
    """Return the province that freight is shown for: the last one used."""
    return request.session.get("province") or DEFAULT_PROVINCE


def contents(request: Any, basket: Basket, *, province: str = "") -> Contents:
    """Return the basket's contents; a fixed number of queries whatever is in it."""
    province = province or province_of(request)
    read = basket_rows(basket)
    rows = {row.pk: row for row in read}
    shelf, shown = shelf_and_cards([row.product_id for row in read])
    cards = {card.product_id: card for card in shown}
    whole = quote_basket(basket=basket, province=province, rows=read, shelf=shelf)
    problems: dict[int, list[Problem]] = {}
    for problem in whole.problems:
        if problem.basket_line_id is not None:
            problems.setdefault(problem.basket_line_id, []).append(problem)
    dead = _dead(rows, cards, problems)
    chosen_ids = frozenset(ticked(request, [pk for pk in rows if pk not in dead]))
    chosen = (
        whole
        if chosen_ids == rows.keys()
        else quote_basket(basket=basket, province=province, line_ids=chosen_ids, rows=read, shelf=shelf)
    )
    return Contents(rows, cards, province, whole, chosen, dead, chosen_ids, problems)


def _dead(
    rows: dict[int, BasketLine], cards: dict[int, ProductCard], problems: dict[int, list[Problem]]
) -> dict[int, str]:
    """Return the rows that cannot be bought in any quantity, with the reason."""
    dead: dict[int, str] = {}
    for pk, row in rows.items():
        card = cards.get(row.product_id)
        for problem in problems.get(pk, []):
            sold_out = problem.code == "out_of_stock" and (card is None or card.stock <= 0)
            if problem.code in _DEAD or sold_out:
                dead[pk] = problem.message
    return dead
