"""Which orders a visitor may open: their own when signed in, and those this browser placed as a guest."""

from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.http import Http404

from shop.accounts.scope import SYSTEM, own_scope
from shop.fulfilment.models import SupplierOrder
from shop.ledger.consents import consent_word
from shop.ordering.guests import guest_order_numbers
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.selectors import orders


def my_orders(request: Any) -> QuerySet[OrderRecord]:
    """Return the visitor's own orders, newest first, with shares and charges: three queries.

    Those that a unit's request placed are the unit's, not the buyer's own.
    """
    if request.user.is_authenticated:
        return orders(own_scope(request.user)).filter(purchase_request=None)
    numbers = guest_order_numbers(request.session)
    return orders(SYSTEM).filter(buyer=None, number__in=numbers)


def my_order(request: Any, number: str) -> OrderRecord:
    """Return one order of the visitor with its shares; Http404 alike for a wrong number and for someone else's.

    Each share knows its part: `part_id`, `part_state` are the supplier order's. The record knows by its buyer's word
    for which unit it counts: `counts_for`. What a unit's request placed is the unit's, and not found here. Two queries.
    """
    if number in guest_order_numbers(request.session):
        record = _whole(orders(SYSTEM).filter(buyer=None), number)
        if record is not None:
            return record
    record = _whole(orders(own_scope(request.user)).filter(purchase_request=None), number)
    if record is None:
        raise Http404
    return record


def _whole(found: QuerySet[OrderRecord], number: str) -> OrderRecord | None:
    part = SupplierOrder.objects.filter(record=OuterRef("record"), supplier=OuterRef("supplier"))
    shares = LineShare.objects.select_related("line", "supplier__region").order_by("number")
    shares = shares.annotate(part_id=Subquery(part.values("pk")), part_state=Subquery(part.values("state")))
    # Charges are a sum on the record; nobody reads their rows here.
    found = found.prefetch_related(None).prefetch_related(Prefetch("shares", shares))
    return found.annotate(counts_for=consent_word(OuterRef("number"))).filter(number=number).first()
