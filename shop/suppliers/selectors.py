"""Read suppliers."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from shop.accounts.scope import Scope
from shop.suppliers.models import Supplier, SupplierState


def suppliers(scope: Scope) -> QuerySet[Supplier]:
    """Return the suppliers that the scope may see: all, those of its regions, and its own."""
    found = Supplier.objects.select_related("region", "township").order_by("code")
    if scope.everything:
        return found
    return found.filter(code__in=scope.suppliers) | found.filter(region__slug__in=scope.regions)


def suppliers_by_code(codes: Iterable[str]) -> dict[str, Supplier]:
    """Return suppliers with region and township; an unknown code is absent. One query."""
    found = Supplier.objects.filter(code__in=set(codes)).select_related("region", "township", "partner")
    return {supplier.code: supplier for supplier in found}


def is_admitted(supplier: Supplier, on: dt.date) -> bool:
    """Say whether the supplier was admitted and not suspended on that day."""
    if supplier.admitted_on is None or on < supplier.admitted_on:
        return False
    if supplier.state == SupplierState.ADMITTED:
        return True
    return supplier.suspended_on is not None and on < supplier.suspended_on
