"""What the pages of asked prices show, the unit's, the supplier's and the staff's alike. A fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shop.accounts.access import ScopedRequest
from shop.core import clock
from shop.core.paging import page_of
from shop.listings.presentation import shelf_and_cards
from shop.ordering.deals import Deal
from shop.ordering.prices import deal_prices
from shop.procurement.agreed_prices import used_by
from shop.procurement.pages import goods_row
from shop.procurement.price_models import (
    OPEN,
    PriceOffer,
    PriceRequest,
    PriceRequestLine,
    PriceSide,
    PriceState,
)
from shop.procurement.price_requests import Offered
from shop.procurement.price_selectors import (
    asked_lines,
    holds,
    last_offers,
    offers_of,
    price_requests,
    side_of,
    state_counts,
)

PAGE_SIZE = 20
_ENDED = (PriceState.REFUSED, PriceState.EXPIRED, PriceState.WITHDRAWN)
TABS = {"open": OPEN, "agreed": (PriceState.ACCEPTED,), "ended": _ENDED}
#: Whose offer is on the table.
_UNITS_TURN, _OTHERS_TURN = PriceState.OFFERED, PriceState.COUNTERED


def list_context(request: ScopedRequest) -> dict[str, Any]:
    """Return the list that the address asks for: open, agreed or ended; nonsense shows the open ones. Six queries."""
    found = price_requests(request.scope)
    if request.scope.everything:
        # Suppliers answer for themselves; the staff's are those that name no single one.
        found = found.filter(supplier=None)
    tab = request.GET.get("tab", "open")
    tab = tab if tab in TABS else "open"
    counts = state_counts(found)
    page = page_of(request, found.filter(state__in=TABS[tab]), size=PAGE_SIZE)
    rows = list(page.object_list)
    lines, offers = asked_lines([row.pk for row in rows]), last_offers(rows)
    return {
        "tab": tab,
        "tabs": {name: sum(counts[state] for state in states) for name, states in TABS.items()},
        "page_obj": page,
        "rows": [_row(row, lines[row.pk], offers.get(row.pk)) for row in rows],
        "query": f"tab={tab}",
        "now": clock.now(),
    }


@dataclass(frozen=True)
class Talk:
    """A price request with its goods and revisions, as one side looks at it; `may_speak`: its reader may act."""

    asked: PriceRequest
    side: PriceSide
    lines: Sequence[PriceRequestLine]
    offers: Sequence[PriceOffer]
    may_speak: bool

    @property
    def last(self) -> PriceOffer | None:
        """Return the last offer."""
        return self.offers[-1] if self.offers else None

    @property
    def is_units(self) -> bool:
        """Say whether the unit looks."""
        return self.side == PriceSide.UNIT

    @cached_property
    def stands(self) -> bool:
        """Say whether there is an offer that still holds."""
        return self.last is not None and holds(self.last, clock.now())

    @property
    def can_accept(self) -> bool:
        """Say whether the other side's last offer can be taken."""
        turn = _UNITS_TURN if self.is_units else _OTHERS_TURN
        return self.may_speak and self.stands and self.asked.state == turn

    @property
    def can_offer(self) -> bool:
        """Say whether this side can give prices: the unit only after somebody else has."""
        open_for = OPEN[1:] if self.is_units else OPEN
        return self.may_speak and self.asked.state in open_for

    @property
    def can_end(self) -> bool:
        """Say whether this side can end the talk."""
        return self.may_speak and self.asked.state in OPEN

    @property
    def can_order(self) -> bool:
        """Say whether the unit can order at these prices."""
        return self.is_units and self.may_speak and self.stands and self.asked.state == PriceState.ACCEPTED

    def last_prices(self) -> dict[int, Offered]:
        """Return the prices of the last offer by product id."""
        return prices_of(self.last) if self.last else {}


def talk_of(request: ScopedRequest, asked: PriceRequest, *, may_speak: bool) -> Talk:
    """Return a request as the reader's side sees it. Three queries."""
    lines = asked_lines([asked.pk])[asked.pk]
    return Talk(asked, side_of(request.scope), lines, offers_of(asked), may_speak)


def prices_of(offer: PriceOffer) -> dict[int, Offered]:
    """Return the prices of an offer whose lines are at hand."""
    return {line.product_id: Offered(line.unit_fen, line.min_quantity) for line in offer.lines.all()}


def talk_context(talk: Talk, cells: dict[int, dict[str, Any]] | None) -> dict[str, Any]:
    """Return what a request's page shows; `cells` are the two fields of each of the goods where they are typed."""
    shelf, cards = shelf_and_cards([line.product_id for line in talk.lines])
    card_of = {card.product_id: card for card in cards}
    wanted = {line.product_id: line.quantity for line in talk.lines}
    listed = deal_prices(wanted, clock.today(), shelf, Deal(talk.asked.organisation.code))
    offered = talk.last_prices()
    rows = []
    for line in talk.lines:
        now = listed.get(line.product_id)
        listed_fen = now.unit_fen if now else line.listed_fen
        price = offered.get(line.product_id)
        rows.append(
            goods_row(card_of.get(line.product_id), line.sku, line.product.title, "")
            | {
                "quantity": line.quantity,
                "listed_fen": listed_fen,
                "price": price,
                "percent": _percent(listed_fen, price.unit_fen) if price else 0,
                "line_fen": (price.unit_fen if price else listed_fen) * line.quantity,
                "cells": (cells or {}).get(line.product_id),
            }
        )
    return {
        "talk": talk,
        "asked": talk.asked,
        "rows": rows,
        "listed_fen": sum(row["listed_fen"] * row["quantity"] for row in rows),
        "total_fen": sum(row["line_fen"] for row in rows),
        "units": sum(line.quantity for line in talk.lines),
        "revisions": _revisions(talk),
        "used_by": used_by(talk.asked) if talk.is_units and talk.asked.state == PriceState.ACCEPTED else [],
        "now": clock.now(),
    }


def _revisions(talk: Talk) -> list[dict[str, Any]]:
    """Return every revision, the last one first, with its prices beside those of the one before."""
    names = {line.product_id: line for line in talk.lines}
    before: dict[int, Offered] = {}
    found = []
    for offer in talk.offers:
        prices = prices_of(offer)
        goods = [
            {
                "title": names[pk].product.title,
                "price": price,
                "before_fen": before[pk].unit_fen if pk in before else None,
            }
            for pk, price in prices.items()
        ]
        total = sum(price.unit_fen * names[pk].quantity for pk, price in prices.items())
        found.append({"offer": offer, "goods": goods, "total_fen": total, "kinds": len(goods)})
        before = prices
    return found[::-1]


def _row(asked: PriceRequest, lines: Sequence[PriceRequestLine], offer: PriceOffer | None) -> dict[str, Any]:
    prices = prices_of(offer) if offer else {}
    units = {line.product_id: line.quantity for line in lines}
    return {
        "asked": asked,
        "goods": "、".join(line.product.title for line in lines[:2]),
        "kinds": len(lines),
        "units": sum(units.values()),
        "offer": offer,
        "holds": offer is not None and holds(offer, clock.now()),
        "total_fen": sum(price.unit_fen * units[pk] for pk, price in prices.items()),
    }


def _percent(listed_fen: int, unit_fen: int) -> int:
    """Return by how many whole percent a price is below the list price."""
    return (listed_fen - unit_fen) * 100 // listed_fen if listed_fen else 0
