"""Prices as those see them who are asked: a supplier on the phone, and the staff where there is no single supplier."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import ScopedRequest, require_roles, require_whole_shop
from shop.accounts.models import Role
from shop.procurement.price_pages import list_context
from shop.procurement.views.price_talk import asked_in, talk_page
from shop.suppliers.frame import frame

desk = require_whole_shop(Role.STAFF)


@require_safe
@require_roles(Role.SUPPLIER)
def supplier_prices(request: ScopedRequest) -> HttpResponse:
    """What units ask of the supplier."""
    context = list_context(request) | frame(request, "prices")
    return render(request, "shop/procurement/supplier_prices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_roles(Role.SUPPLIER)
def supplier_price(request: ScopedRequest, number: str) -> HttpResponse:
    """One request: give prices, take the unit's, or refuse."""
    asked = asked_in(request, number)
    around = frame(request, "prices")
    return talk_page(request, asked, "shop/procurement/supplier_price.html", around, may_speak=True)


@require_safe
@desk
def staff_prices(request: ScopedRequest) -> HttpResponse:
    """What units ask of the shop."""
    return render(request, "shop/procurement/staff_prices.html", list_context(request))


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def staff_price(request: ScopedRequest, number: str) -> HttpResponse:
    """One request that the shop answers, or one of a supplier's to be read."""
    asked = asked_in(request, number)
    may_speak = asked.supplier is None
    return talk_page(request, asked, "shop/procurement/staff_price.html", {}, may_speak=may_speak)
