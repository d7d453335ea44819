"""The unit price of a product by quantity and day."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from shop.listings.models import PriceTier
from shop.listings.selectors.shelf import MOST_GOODS, Shelf, current_shelf


@dataclass(frozen=True)
class Tier:
    """The unit price in fen from a quantity on."""

    min_quantity: int
    price_fen: int


@dataclass(frozen=True)
class PriceQuote:
    """What one unit costs at the quantity asked for; `next_tier` is the nearest cheaper one."""

    unit_fen: int
    list_fen: int
    vat_percent: int
    tier: Tier | None
    next_tier: Tier | None


def tiers_of(product_ids: Sequence[int], on: dt.date) -> dict[int, list[Tier]]:
    """Return the tiers that hold on that day, smallest quantity first; a product without is absent."""
    rows = PriceTier.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)
    found = rows.filter(product_id__in=product_ids).order_by("min_quantity", "starts_on")
    latest: dict[int, dict[int, Tier]] = {}
    # Plain values: every process asks this of all goods, each time the catalogue changes.
    for product_id, least, fen in found.values_list("product_id", "min_quantity", "price_fen").iterator():
        latest.setdefault(product_id, {})[least] = Tier(least, fen)
    return {product_id: list(tiers.values()) for product_id, tiers in latest.items()}


def tiers_on(shelf: Shelf, on: dt.date, product_ids: Collection[int]) -> Mapping[int, list[Tier]]:
    """Return the tiers of these products that hold on that day; remembered with the shelf, of a small one all."""
    if len(shelf.entries) <= MOST_GOODS:
        return shelf.remember(("tiers", on), lambda: tiers_of(list(shelf.entries), on))

    def read(missing: Collection[int]) -> dict[int, list[Tier]]:
        found = tiers_of(list(missing), on)
        return {product_id: found.get(product_id, []) for product_id in missing}

    return shelf.remember_each(f"tiers {on}", product_ids, read)


def price_for(
    quantities: Mapping[int, int], on: dt.date, shelf: Shelf | None = None
) -> dict[int, PriceQuote]:
    """Return the price of each product at its quantity on that day; one without a listing is absent.

    A tier never raises the price above the list price. One query, for the state of the catalogue, none with
    the shelf at hand.
    """
    shelf = shelf or current_shelf()
    tiers = tiers_on(shelf, on, quantities)
    found = shelf.goods.take(quantities)
    return {
        product_id: quote(
            goods.card.price_fen, goods.vat_percent, tiers.get(product_id, []), quantities[product_id]
        )
        for product_id, goods in found.items()
    }


def quote(list_fen: int, vat_percent: int, tiers: Sequence[Tier], quantity: int) -> PriceQuote:
    """Return the price at a quantity from the list price and the tiers that hold."""
    cheaper = [tier for tier in tiers if tier.price_fen < list_fen]
    reached = [tier for tier in cheaper if tier.min_quantity <= quantity]
    tier = reached[-1] if reached else None
    ahead = [tier for tier in cheaper if tier.min_quantity > quantity]
    return PriceQuote(
        unit_fen=tier.price_fen if tier else list_fen,
        list_fen=list_fen,
        vat_percent=vat_percent,
        tier=tier,
        next_tier=ahead[0] if ahead else None,
    )
