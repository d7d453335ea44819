"""What a supplier should know about the stock of its own goods."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core import clock
from shop.core.paging import page_of
from shop.fulfilment.views.frame import frame
from shop.ordering import stock_alerts as alerts


@require_GET
@require_roles(Role.SUPPLIER)
def stock_alerts(request: ScopedRequest) -> HttpResponse:
    """Own goods that are sold out or running low, and lots that expire, the oldest alert first."""
    context = frame(request) | {"page_obj": page_of(request, alerts.stock_alerts(request.scope))}
    return render(request, "shop/fulfilment/stock_alerts.html", context | {"now": clock.now()})
