"""What goods and freight of a basket cost on a day: listings' prices, by supplier and in the buyer's words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from shop.listings import selectors as listings
from shop.listings.selectors import FreightParcel, PriceQuote, Shelf
from shop.ordering.deals import NO_DEAL, Deal, Destination


@dataclass(frozen=True)
class FreightQuote:
    """One supplier's freight to the province; `fen` is None when it does not deliver there.

    `reason` says in the buyer's language why there is no freight, else "". `free_from_fen` is None for
    never free; `missing_fen` is what is still short of it, 0 when reached or never free. Of goods that go to many
    `not_to` names the provinces to which it does not deliver.
    """

    supplier_code: str
    fen: int | None
    deliverable: bool
    reason: str
    free_from_fen: int | None
    missing_fen: int
    not_to: str = ""


def unit_prices(
    quantities: Mapping[int, int], on: dt.date, shelf: Shelf | None = None, deal: Deal = NO_DEAL
) -> dict[int, int]:
    """Return the unit price of each product, tax included, for its whole quantity in the basket.

    Queries as `deal_prices`. Products without a listing are absent.
    """
    found = deal_prices(quantities, on, shelf, deal)
    return {product_id: price.unit_fen for product_id, price in found.items()}


def deal_prices(
    quantities: Mapping[int, int], on: dt.date, shelf: Shelf | None = None, deal: Deal = NO_DEAL
) -> dict[int, PriceQuote]:
    """Return the price of each product at its quantity: the agreed one, else the lowest of everyone's and the lists'.

    One query, none with the shelf at hand; one more for a buyer with price lists of its own. Products without a
    listing are absent.
    """
    prices = listings.price_for(quantities, on, shelf)
    lists = listings.agreed_tiers(deal.buyer, quantities.keys(), on)
    agreed = deal.agreed if deal.is_valid else {}
    for product_id, price in prices.items():
        own = [
            tier.price_fen
            for tier in lists.get(product_id, [])
            if tier.min_quantity <= quantities[product_id]
        ]
        unit_fen = agreed.get(product_id, min([price.unit_fen, *own]))
        if unit_fen != price.unit_fen:
            prices[product_id] = replace(price, unit_fen=unit_fen)
    return prices


def freight_by_supplier(
    parcels: Sequence[FreightParcel], *, province: str, on: dt.date, shelf: Shelf | None = None
) -> dict[str, FreightQuote]:
    """Return the freight of each supplier to the province ("" when not chosen yet), by its code."""
    return {
        quote.supplier_code: FreightQuote(
            supplier_code=quote.supplier_code,
            fen=quote.fen,
            deliverable=quote.deliverable,
            reason="" if quote.deliverable else _why_not(province),
            free_from_fen=quote.free_from_fen,
            missing_fen=quote.missing_fen,
        )
        for quote in listings.freight_quotes(parcels, province, on, shelf)
    }


def freight_to_all(
    parcels: Sequence[FreightParcel],
    destinations: Sequence[Destination],
    *,
    province: str,
    on: dt.date,
    shelf: Shelf | None = None,
) -> dict[str, FreightQuote]:
    """Return the freight of each supplier for goods in many parcels: the sum of theirs, by its code.

    `parcels` are the whole goods of each supplier; worth and weight of a parcel are in proportion to its sets, and
    whether it goes free is decided by its own worth. As much work as there are destinations, however many parcels.
    """
    sets = sum(destination.sets * destination.parcels for destination in destinations)
    sums = {parcel.supplier_code: 0 for parcel in parcels}
    refused: dict[str, list[str]] = {code: [] for code in sums}
    for destination in destinations:
        to = destination.province or province
        portions = [
            FreightParcel(
                supplier_code=parcel.supplier_code,
                goods_fen=parcel.goods_fen * destination.sets // sets,
                gross_weight_g=-(-parcel.gross_weight_g * destination.sets // sets),
            )
            for parcel in parcels
        ]
        for code, quote in freight_by_supplier(portions, province=to, on=on, shelf=shelf).items():
            if quote.fen is None:
                refused[code].append(to)
            else:
                sums[code] += quote.fen * destination.parcels
    found = {}
    for code, fen in sums.items():
        not_to = "、".join(dict.fromkeys(refused[code]))
        is_refused = bool(refused[code])
        reason = _why_not(not_to) if is_refused else ""
        found[code] = FreightQuote(code, None if is_refused else fen, not is_refused, reason, None, 0, not_to)
    return found


def _why_not(province: str) -> str:
    if not province:
        return _("Choose a province to see the freight.")
    return _("Not delivered to %(province)s.") % {"province": province}
