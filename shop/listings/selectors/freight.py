"""What suppliers ask for freight to a province."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from shop.listings.models import FreightRate, FreightTemplate
from shop.listings.selectors.shelf import Shelf, current_shelf


@dataclass(frozen=True)
class FreightParcel:
    """What one supplier would send: goods in fen after discounts, and grams with packing."""

    supplier_code: str
    goods_fen: int
    gross_weight_g: int


@dataclass(frozen=True)
class FreightQuote:
    """Freight of one supplier; `fen` None when it does not deliver there.

    `reason`: "" or undeliverable or no_terms (no template has begun). `free_from_fen`: goods from which
    freight is free, None for never; `missing_fen`: what is still short of it, 0 when reached.
    """

    supplier_code: str
    fen: int | None
    deliverable: bool
    reason: str
    free_from_fen: int | None
    missing_fen: int


def freight_quotes(
    parcels: Sequence[FreightParcel], province: str, on: dt.date, shelf: Shelf | None = None
) -> list[FreightQuote]:
    """Return the freight of each parcel in the order asked, by the template in force that day.

    What suppliers ask for a province is remembered with the shelf. One query, for the state of the catalogue,
    and two more for a province that nobody has asked for yet on that day.
    """
    shelf = shelf or current_shelf()
    known = shelf.remember(("freight", province, on), lambda: _rates(province, on))
    return [_quote(parcel, *known.get(parcel.supplier_code, (False, None))) for parcel in parcels]


def _rates(province: str, on: dt.date) -> dict[str, tuple[bool, FreightRate | None]]:
    """Return each supplier of which a template has begun, with the rate to the province in the latest one."""
    begun = FreightTemplate.objects.filter(starts_on__lte=on).order_by("starts_on")
    templates = dict(begun.values_list("supplier__code", "pk"))
    found = FreightRate.objects.filter(template__starts_on__lte=on, province=province)
    rates = {rate.template_id: rate for rate in found}
    return {code: (True, rates.get(template)) for code, template in templates.items()}


def _quote(parcel: FreightParcel, has_terms: bool, rate: FreightRate | None) -> FreightQuote:
    if not has_terms:
        return FreightQuote(parcel.supplier_code, None, False, "no_terms", None, 0)
    if rate is None or not rate.deliverable:
        return FreightQuote(parcel.supplier_code, None, False, "undeliverable", None, 0)
    if rate.free_from_fen is not None and parcel.goods_fen >= rate.free_from_fen:
        return FreightQuote(parcel.supplier_code, 0, True, "", rate.free_from_fen, 0)
    kilograms = max(1, -(-parcel.gross_weight_g // 1000))
    fen = rate.first_kg_fen + rate.next_kg_fen * (kilograms - 1)
    missing = 0 if rate.free_from_fen is None else rate.free_from_fen - parcel.goods_fen
    return FreightQuote(parcel.supplier_code, fen, True, "", rate.free_from_fen, missing)
