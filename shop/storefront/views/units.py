"""A unit's first page: it joins the requests, the orders and the ledger."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shop.accounts.access import ScopedRequest
from shop.buyers.access import unit_page
from shop.storefront.presenters.units import unit_context


@require_safe
@unit_page
def home(request: ScopedRequest) -> HttpResponse:
    """What needs the visitor, the unit's requests and orders, and what the ledger credits to it this year."""
    return render(request, "shop/storefront/unit_home.html", unit_context(request))
