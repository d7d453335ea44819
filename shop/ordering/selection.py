"""Order some rows of a basket; the rest stays behind in a basket of its own."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from oscar.apps.basket.models import Basket
from oscar.apps.basket.models import Line as BasketLine

from shop.core.locks import lock
from shop.ordering.placing import PlacedOrder, place_order


def place_selected(
    *, basket: Basket, line_ids: Collection[int], **wish: Any
) -> tuple[PlacedOrder, Basket | None]:
    """Place those rows of the basket as an order (`wish` as for place_order); return the rest's basket too.

    One transaction: when placing is refused, no row has moved. Safe to call again: the basket became one
    order, and nothing moves a second time. The second value is None when nothing was left over.
    """
    with transaction.atomic():
        rest = _part(basket, line_ids)
        return place_order(basket=basket, **wish), rest


def _part(basket: Basket, line_ids: Collection[int]) -> Basket | None:
    locked = lock(Basket.objects.filter(pk=basket.pk)).get()
    others = BasketLine.objects.filter(basket=locked).exclude(pk__in=line_ids)
    if locked.status != Basket.OPEN or not others.exists():
        return None
    rest = Basket.objects.create(owner_id=locked.owner_id)
    others.update(basket=rest)
    return rest
