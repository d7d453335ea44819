"""What every page of a supplier has around it, and how its own objects are found."""

from typing import Any

from django.http import Http404, HttpResponse

from shop.accounts.access import ScopedRequest
from shop.fulfilment import selectors
from shop.fulfilment.files import CONTENT_TYPES, Sheet, table_bytes
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.slips import MAX_SLIPS
from shop.suppliers.frame import frame as supplier_frame
from shop.suppliers.models import Supplier

#: Digits of an id: what is longer is none.
_LONGEST_ID = 18


def frame(
    request: ScopedRequest, active_tab: str = "supplier_orders", supplier: Supplier | None = None
) -> dict[str, Any]:
    """Return the names that the supplier's page frame shows; `supplier` is whose, where the page is about one."""
    return supplier_frame(request, active_tab, supplier)


def own_order(request: ScopedRequest, pk: int) -> SupplierOrder:
    """Return the caller's supplier order; raises Http404 alike for none and for another's."""
    order = selectors.supplier_orders(request.scope).filter(pk=pk).first()
    if order is None:
        raise Http404
    return order


def own_parcel(request: ScopedRequest, pk: int) -> Parcel:
    """Return the caller's parcel with its order; raises Http404 alike for none and for another's."""
    parcels = Parcel.objects.select_related("supplier_order__record")
    parcel = parcels.filter(pk=pk, supplier_order__in=selectors.supplier_orders(request.scope)).first()
    if parcel is None:
        raise Http404
    return parcel


def posted_ids(texts: list[str]) -> set[int]:
    """Return the ids of a request; raises Http404 for nonsense and for more than fit on one file."""
    if len(texts) > MAX_SLIPS or not all(text.isascii() and text.isdigit() for text in texts):
        raise Http404
    if any(len(text) > _LONGEST_ID for text in texts):
        raise Http404
    return {int(text) for text in texts}


def table_response(sheet: Sheet, kind: str, name: str) -> HttpResponse:
    """Return a table as a file to keep; raises Http404 for another kind than csv and xlsx."""
    if kind not in CONTENT_TYPES:
        raise Http404
    return file_response(table_bytes(sheet, kind), CONTENT_TYPES[kind], f"{name}.{kind}")


def file_response(body: bytes, content_type: str, name: str, *, inline: bool = False) -> HttpResponse:
    """Return a file; `inline` shows it in the browser, which prints it."""
    shown = "inline" if inline else "attachment"
    return HttpResponse(
        body,
        content_type=content_type,
        headers={"Content-Disposition": f'{shown}; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )
