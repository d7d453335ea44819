"""The basket: one page with one form, and the button that adds."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shop.core.addresses import local_address
from shop.forks.basket.changes import BasketRefused, apply, put_in
from shop.forks.basket.contents import Contents, contents
from shop.forks.basket.coupons import coupon_hint
from shop.forks.basket.forms import QuantityForm
from shop.forks.basket.selection import remember, ticked
from shop.forks.basket.summary import summary_context
from shop.listings.presentation import shown_cards


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def summary(request: Any) -> HttpResponse:
    """Show the basket by supplier; a post changes it and comes back, or goes on to the checkout."""
    basket = request.basket
    found = contents(request, basket) if basket.pk else None
    if found is not None and not found.rows:
        found = None
    if request.method == "POST":
        return _change(request, found)
    hint = coupon_hint(request, found) if found else ""
    return render(request, "shop/basket/summary.html", summary_context(found) | {"coupon_hint": hint})


def _change(request: Any, found: Contents | None) -> HttpResponse:
    if found is None:
        return redirect("basket:summary")
    alive = [pk for pk in found.rows if pk not in found.dead]
    remember(request, alive, [pk for pk in alive if str(pk) in request.POST.getlist("selected")])
    try:
        apply(basket=request.basket, contents=found, posted=request.POST)
    except BasketRefused as refused:
        messages.error(request, str(refused))
        return redirect("basket:summary")
    if "checkout" not in request.POST:
        return redirect("basket:summary")
    if not ticked(request, alive):
        messages.error(request, _("Please tick what you would like to order."))
        return redirect("basket:summary")
    return redirect("checkout:index")


@require_POST
def add(request: Any, pk: int) -> HttpResponse:
    """Put pieces of a product into the basket and come back, or go straight to the checkout with them."""
    card = next(iter(shown_cards([pk])), None)
    if card is None:
        raise Http404
    form = QuantityForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"{form.fields['quantity'].label}: {form.problem()}")
        return redirect(card.url)
    try:
        line_id = put_in(basket=request.basket, card=card, quantity=form.cleaned_data["quantity"])
    except BasketRefused as refused:
        messages.error(request, str(refused))
        return redirect(card.url)
    if request.POST.get("buy_now"):
        remember(request, request.basket.lines.values_list("pk", flat=True), [line_id])
        return redirect("checkout:index")
    messages.success(request, _("“%(product)s” is in your basket.") % {"product": card.title})
    return HttpResponseRedirect(local_address(request, request.POST.get("next", ""), card.url))
