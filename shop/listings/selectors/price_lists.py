"""Prices agreed with organisations. Never remembered with the shelf: what one unit pays is nobody else's to see."""

import datetime as dt
from collections.abc import Collection

from django.db.models import Case, Q, QuerySet, When

from shop.listings.price_list_models import PriceList, PriceListRow, PriceListState
from shop.listings.selectors.prices import Tier


def agreed_tiers(unit: str, product_ids: Collection[int], on: dt.date) -> dict[int, list[Tier]]:
    """Return the prices that lists give the organisation of that code on that day, smallest quantity first.

    Of two lists the cheaper price counts; a product without one is absent. One query, none without a code.
    """
    if not unit:
        return {}
    rows = PriceListRow.objects.filter(
        Q(price_list__ends_on=None) | Q(price_list__ends_on__gte=on),
        product__in=product_ids,
        price_list__state=PriceListState.APPROVED,
        price_list__starts_on__lte=on,
        price_list__units__code=unit,
    )
    cheapest: dict[int, dict[int, int]] = {}
    for product_id, least, fen in rows.values_list("product_id", "min_quantity", "price_fen"):
        of_product = cheapest.setdefault(product_id, {})
        of_product[least] = min(fen, of_product.get(least, fen))
    return {
        product_id: [Tier(least, fen) for least, fen in sorted(tiers.items())]
        for product_id, tiers in cheapest.items()
    }


def price_lists() -> QuerySet[PriceList]:
    """Return all price lists, those that wait first, then the latest, without their rows."""
    waiting_first = Case(When(state=PriceListState.PROPOSED, then=0), default=1)
    found = PriceList.objects.defer("rows").prefetch_related("units")
    return found.order_by(waiting_first, "-created_at", "-pk")
