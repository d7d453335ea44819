"""Which orders a visitor may open: their own when signed in, and those this browser placed as a guest."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from shop.accounts.scope import SYSTEM, own_scope
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import order_for_owner, orders

GUEST_ORDERS = "guest_orders"
_MOST_GUEST_ORDERS = 50


def my_orders(request: Any) -> QuerySet[OrderRecord]:
    """Return the visitor's orders, newest first, with shares and charges: three queries."""
    if request.user.is_authenticated:
        return orders(own_scope(request.user))
    numbers = request.session.get(GUEST_ORDERS, [])
    return orders(SYSTEM).filter(buyer=None, number__in=numbers)


def my_order(request: Any, number: str) -> OrderRecord:
    """Return one order of the visitor; Http404 alike for a wrong number and for someone else's."""
    if number in request.session.get(GUEST_ORDERS, []):
        record = orders(SYSTEM).filter(buyer=None, number=number).first()
        if record is not None:
            return record
    try:
        return order_for_owner(own_scope(request.user), number)
    except OrderRecord.DoesNotExist as missing:
        raise Http404 from missing


def remember_guest_order(request: Any, number: str) -> None:
    """Let this browser open a guest's order from now on."""
    known = [other for other in request.session.get(GUEST_ORDERS, []) if other != number]
    request.session[GUEST_ORDERS] = [number, *known][:_MOST_GUEST_ORDERS]
