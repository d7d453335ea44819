"""What every page of a supplier has around it, and for whom its visitor acts."""

from typing import Any

from django.http import Http404

from shop.accounts.access import ScopedRequest
from shop.suppliers.models import Supplier
from shop.suppliers.selectors import open_suspension


def own_supplier(request: ScopedRequest) -> Supplier:
    """Return the supplier for whom the person acts; raises Http404 without one."""
    suppliers = Supplier.objects.filter(code__in=request.scope.suppliers)
    supplier = suppliers.select_related("region", "township").order_by("code").first()
    if supplier is None:
        raise Http404
    return supplier


def frame(request: ScopedRequest, active_tab: str, supplier: Supplier | None = None) -> dict[str, Any]:
    """Return the names that the supplier's page frame shows, and why it may not sell now, if so. One query.

    None with a supplier of the request's scope at hand, its region and township read with it.
    """
    supplier = supplier or own_supplier(request)
    place = supplier.region.name_zh + (supplier.township.name_zh if supplier.township else "")
    suspension = open_suspension(supplier)
    return {
        "supplier_name": supplier.name_zh,
        "supplier_place": place,
        "supplier_region_slug": supplier.region.slug,
        "suspended_because": suspension.reason if suspension else "",
        "active_tab": active_tab,
    }
