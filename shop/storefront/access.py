"""Which orders a visitor may open: their own when signed in, and those this browser placed as a guest."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from shop.accounts.scope import SYSTEM, own_scope
from shop.ordering.guests import guest_order_numbers
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import order_for_owner, orders
from shop.procurement.models import PurchaseRequest


def my_orders(request: Any) -> QuerySet[OrderRecord]:
    """Return the visitor's own orders, newest first, with shares and charges: three queries.

    Those that a unit's request placed are the unit's, not the buyer's own.
    """
    if request.user.is_authenticated:
        return orders(own_scope(request.user)).filter(purchase_request=None)
    numbers = guest_order_numbers(request.session)
    return orders(SYSTEM).filter(buyer=None, number__in=numbers)


def my_order(request: Any, number: str) -> OrderRecord:
    """Return one order of the visitor; Http404 alike for a wrong number and for someone else's."""
    if number in guest_order_numbers(request.session):
        record = orders(SYSTEM).filter(buyer=None, number=number).first()
        if record is not None:
            return record
    try:
        record = order_for_owner(own_scope(request.user), number)
    except OrderRecord.DoesNotExist as missing:
        raise Http404 from missing
    if is_of_unit(record):
        raise Http404
    return record


def is_of_unit(record: OrderRecord) -> bool:
    """Say whether a unit's request placed the order: its pages are the unit's. One query."""
    return PurchaseRequest.objects.filter(record=record).exists()
