"""What suppliers ask for freight to a province."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop.listings.models import FreightRate, FreightTemplate


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


@dataclass(frozen=True)
class FreightTerms:
    """The templates in force by supplier, and their rates to one province by template."""

    templates: Mapping[str, int]
    rates: Mapping[int, FreightRate]


def freight_quotes(parcels: Sequence[FreightParcel], province: str, on: dt.date) -> list[FreightQuote]:
    """Return the freight of each parcel in the order asked, by the template in force that day. Two queries."""
    terms = freight_terms([parcel.supplier_code for parcel in parcels], province, on)
    return [freight_quote(parcel, terms) for parcel in parcels]


def freight_terms(codes: Sequence[str], province: str, on: dt.date) -> FreightTerms:
    """Return what these suppliers ask for a province that day. Two queries."""
    rows = FreightTemplate.objects.filter(supplier__code__in=codes, starts_on__lte=on).order_by("starts_on")
    templates = dict(rows.values_list("supplier__code", "pk"))
    found = FreightRate.objects.filter(template_id__in=templates.values(), province=province)
    return FreightTerms(templates, {rate.template_id: rate for rate in found})


def freight_quote(parcel: FreightParcel, terms: FreightTerms) -> FreightQuote:
    """Return the freight of one parcel."""
    template_id = terms.templates.get(parcel.supplier_code)
    if template_id is None:
        return FreightQuote(parcel.supplier_code, None, False, "no_terms", None, 0)
    rate = terms.rates.get(template_id)
    if rate is None or not rate.deliverable:
        return FreightQuote(parcel.supplier_code, None, False, "undeliverable", None, 0)
    if rate.free_from_fen is not None and parcel.goods_fen >= rate.free_from_fen:
        return FreightQuote(parcel.supplier_code, 0, True, "", rate.free_from_fen, 0)
    kilograms = max(1, -(-parcel.gross_weight_g // 1000))
    fen = rate.first_kg_fen + rate.next_kg_fen * (kilograms - 1)
    missing = 0 if rate.free_from_fen is None else rate.free_from_fen - parcel.goods_fen
    return FreightQuote(parcel.supplier_code, fen, True, "", rate.free_from_fen, missing)
