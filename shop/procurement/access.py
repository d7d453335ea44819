"""Who may open a unit's pages: its members, at every request; to everyone else they do not exist."""

from django.http import Http404

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.accounts.scope import scope_of
from shop.buyers.models import Organisation
from shop.ordering.models import OrderRecord
from shop.procurement import selectors
from shop.procurement.models import AcceptanceReport, PurchaseRequest, UploadFile

#: Decorates a page of a unit.
unit_page = require_roles(Role.BUYER, Role.APPROVER)


def holds(request: ScopedRequest, role: Role, organisation: Organisation) -> bool:
    """Say whether the visitor holds the role in this unit. One query."""
    return organisation.code in scope_of(request.user, role).organisations


def my_request(request: ScopedRequest, number: str) -> PurchaseRequest:
    """Return a request of the visitor's unit; Http404 alike for a wrong number and for another unit's."""
    found = selectors.requests(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def my_upload(request: ScopedRequest, number: str, pk: int) -> UploadFile:
    """Return a file of such a request."""
    found = selectors.uploads(request.scope).filter(pk=pk, request__number=number).first()
    if found is None:
        raise Http404
    return found


def my_order(request: ScopedRequest, number: str) -> OrderRecord:
    """Return an order of the visitor's unit; Http404 otherwise."""
    found = selectors.unit_orders(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def my_goods(request: ScopedRequest, number: str) -> OrderRecord:
    """Return such an order with its goods alone, for counting them: two queries."""
    found = selectors.orders_to_count(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def my_report(request: ScopedRequest, number: str) -> AcceptanceReport:
    """Return an acceptance report of the visitor's unit; Http404 otherwise."""
    found = selectors.acceptance_reports(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found
