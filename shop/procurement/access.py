"""What of a unit's purchases a visitor may open: what belongs to the unit that they act for."""

from shop.accounts.access import ScopedRequest
from shop.buyers.access import acting_as, holds, holds_one, of_unit, unit_page
from shop.gateways.payer_models import TransferBundle
from shop.ordering.models import OrderRecord
from shop.procurement import selectors
from shop.procurement.contract_models import Contract
from shop.procurement.contracts import contracts
from shop.procurement.models import AcceptanceReport, PurchaseRequest, UploadFile
from shop.procurement.price_models import PriceRequest
from shop.procurement.price_selectors import price_requests
from shop.procurement.saved_models import SavedList

__all__ = [
    "acting_as",
    "holds",
    "holds_one",
    "my_bundle",
    "my_contract",
    "my_goods",
    "my_list",
    "my_order",
    "my_price",
    "my_report",
    "my_request",
    "my_upload",
    "unit_page",
]


def my_request(request: ScopedRequest, number: str) -> PurchaseRequest:
    """Return a request of the visitor's unit; Http404 alike for a wrong number and for a stranger's."""
    return of_unit(request, selectors.requests, "organisation__code", number=number)


def my_upload(request: ScopedRequest, number: str, pk: int) -> UploadFile:
    """Return a file of such a request."""
    unit_code = "request__organisation__code"
    return of_unit(request, selectors.uploads, unit_code, pk=pk, request__number=number)


def my_list(request: ScopedRequest, pk: int) -> SavedList:
    """Return a list that the visitor's unit keeps."""
    return of_unit(request, selectors.saved_lists, "organisation__code", pk=pk)


def my_order(request: ScopedRequest, number: str) -> OrderRecord:
    """Return an order of the visitor's unit; Http404 otherwise."""
    return of_unit(request, selectors.unit_orders, "purchase_request__organisation__code", number=number)


def my_contract(request: ScopedRequest, number: str) -> Contract:
    """Return a contract of the visitor's unit; Http404 otherwise."""
    return of_unit(request, contracts, "record__purchase_request__organisation__code", number=number)


def my_bundle(request: ScopedRequest, code: str) -> TransferBundle:
    """Return one transfer of the visitor's unit for several orders; Http404 otherwise."""
    return of_unit(request, selectors.bundles, "organisation__code", reference=code)


def my_price(request: ScopedRequest, number: str) -> PriceRequest:
    """Return what the visitor's unit has asked prices for; Http404 otherwise."""
    return of_unit(request, price_requests, "organisation__code", number=number)


def my_goods(request: ScopedRequest, number: str) -> OrderRecord:
    """Return such an order with its goods alone, for counting them: two queries."""
    unit_code = "purchase_request__organisation__code"
    return of_unit(request, selectors.orders_to_count, unit_code, number=number)


def my_report(request: ScopedRequest, number: str) -> AcceptanceReport:
    """Return an acceptance report of the visitor's unit; Http404 otherwise."""
    unit_code = "record__purchase_request__organisation__code"
    return of_unit(request, selectors.acceptance_reports, unit_code, number=number)
