"""What goods and freight cost on a day, in fen: ordering's view of listings' prices."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from shop.listings.models import FreightRate, FreightTemplate, Listing, PriceTier

GRAMS_PER_KG = 1000


def unit_prices(quantities: Mapping[int, int], on: dt.date) -> dict[int, int]:
    """Return the unit price of each product for its whole quantity in the basket, tax included.

    The highest tier that the quantity reaches holds, of several dated ones the latest. Two queries.
    Products without a listing are left out.
    """
    prices = dict(Listing.objects.filter(product__in=quantities).values_list("product_id", "price_fen"))
    tiers = PriceTier.objects.filter(product__in=quantities, starts_on__lte=on).filter(
        Q(ends_on=None) | Q(ends_on__gte=on)
    )
    for tier in tiers.order_by("min_quantity", "starts_on"):
        if tier.product_id in prices and quantities[tier.product_id] >= tier.min_quantity:
            prices[tier.product_id] = tier.price_fen
    return prices


@dataclass(frozen=True)
class Consignment:
    """What one supplier would ship."""

    supplier_id: int
    supplier_code: str
    weight_g: int
    goods_fen: int


@dataclass(frozen=True)
class FreightQuote:
    """What one supplier's freight costs; no fen when it cannot be delivered there."""

    supplier_code: str
    fen: int | None
    deliverable: bool
    reason: str
    free_from_fen: int | None
    missing_fen: int | None


def freight_quotes(
    consignments: Iterable[Consignment], *, province: str, on: dt.date
) -> dict[str, FreightQuote]:
    """Return the freight of each supplier to the province, by supplier code. Two queries.

    First kilogram, then every further kilogram begun; nothing from the free amount on.
    """
    wanted = list(consignments)
    templates: dict[int, int] = {}
    of_suppliers = FreightTemplate.objects.filter(
        supplier__in=[consignment.supplier_id for consignment in wanted], starts_on__lte=on
    )
    for template in of_suppliers.order_by("starts_on"):
        templates[template.supplier_id] = template.pk
    rates = {
        rate.template_id: rate
        for rate in FreightRate.objects.filter(template__in=templates.values(), province=province)
    }
    return {
        consignment.supplier_code: _quote(
            consignment, rates.get(templates.get(consignment.supplier_id, 0)), province
        )
        for consignment in wanted
    }


def _quote(consignment: Consignment, rate: FreightRate | None, province: str) -> FreightQuote:
    if rate is None or not rate.deliverable:
        reason = (
            _("Not delivered to %(province)s.") % {"province": province}
            if province
            else _("Choose a province to see the freight.")
        )
        return FreightQuote(consignment.supplier_code, None, False, reason, None, None)
    free_from = rate.free_from_fen
    if free_from is not None and consignment.goods_fen >= free_from:
        return FreightQuote(consignment.supplier_code, 0, True, "", free_from, 0)
    further = max(0, -(-consignment.weight_g // GRAMS_PER_KG) - 1)
    fen = rate.first_kg_fen + further * rate.next_kg_fen
    missing = None if free_from is None else free_from - consignment.goods_fen
    return FreightQuote(consignment.supplier_code, fen, True, "", free_from, missing)
