"""Pages of goods: all, one category, one product. They read; nothing is written on a page view."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from shop.accounts.scope import own_scope
from shop.core import clock
from shop.core.keeping import may_be_kept, shows
from shop.coupons.slips import slips_for
from shop.forks.catalogue.browsing import LIST_PARAMETERS, browse_context
from shop.forks.catalogue.page_metas import product_meta, product_offer
from shop.forks.catalogue.product_page import facts_of, goods_shown, product_context
from shop.listings.selectors import (
    NOTHING_LEFT,
    category_by_pk,
    current_shelf,
    product_detail,
    shelf_and_family,
)
from shop.opinions.presentation import reviews_of
from shop.opinions.wishes import is_wished


@may_be_kept(*LIST_PARAMETERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All goods, with filters."""
    return render(request, "shop/catalogue/browse.html", browse_context(request, category=None, query=""))


@may_be_kept(*LIST_PARAMETERS)
@require_safe
def category(request: HttpRequest, category_slug: str, pk: int) -> HttpResponse:
    """One category with what is below it; an old address leads to the present one."""
    shelf = current_shelf()
    found = category_by_pk(int(pk), shelf)
    if found is None:
        raise Http404
    if found.url != request.path:
        return redirect(found.url, permanent=True)
    context = browse_context(request, category=found, query="", shelf=shelf)
    return render(request, "shop/catalogue/browse.html", context)


@may_be_kept()
@require_safe
def detail(request: HttpRequest, product_slug: str, pk: int) -> HttpResponse:
    """One product. A withdrawn one stays readable for those who bought it, without a way to buy."""
    known = shelf_and_family(int(pk))
    found = product_detail(int(pk), clock.today(), known)
    if found is None or found.listing.state == "draft":
        raise Http404
    if found.card.url != request.path:
        return redirect(found.card.url, permanent=True)
    scope = own_scope(request.user)
    of_product = known[0], known[1].get(found.card.product_id, NOTHING_LEFT)
    context = product_context(request, found, known[0]) | {
        "page_meta": product_meta(found, known[0]),
        "offered": product_offer(found),
        **reviews_of(found.card.product_id, *of_product),
        "is_wished": is_wished(scope, found.card.product_id),
        "offers": slips_for(goods_shown(found), scope, known[0]),
    }
    shows(request, facts_of(found))
    return render(request, "shop/catalogue/detail.html", context)
