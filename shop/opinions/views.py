"""Reviews at the desks: a supplier replies to those of its own goods, staff show and hide them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_roles, require_whole_shop
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.listings.presentation import shown_cards
from shop.opinions.forms import HideForm, ReplyForm
from shop.opinions.models import Review, ReviewState
from shop.opinions.presentation import reply_is_open, shown_rows
from shop.opinions.review_selectors import reviews_of_suppliers, reviews_to_look_at
from shop.opinions.reviews import hide_review, reply_to_review, show_review
from shop.suppliers.frame import frame

PAGE_SIZE = 20
#: What staff have to look at, and everything.
_TABS = {"": reviews_to_look_at, "all": reviews_of_suppliers}


@require_GET
@require_roles(Role.SUPPLIER)
def own_reviews(request: ScopedRequest) -> HttpResponse:
    """What buyers say of the supplier's own goods, with a place for its reply."""
    found = reviews_of_suppliers(request.scope).filter(state=ReviewState.SHOWN)
    context = frame(request, "goods") | _listed(page_of(request, found, size=PAGE_SIZE))
    return render(request, "shop/opinions/own_reviews.html", context)


@require_POST
@require_roles(Role.SUPPLIER)
def reply(request: ScopedRequest, pk: int) -> HttpResponse:
    """Write the reply to a review of the supplier's own goods."""
    form = ReplyForm(request.POST)
    # The service says what is wrong with it; a text that is too long is not cut.
    text = form.data.get("reply", "")
    try:
        reply_to_review(scope=request.scope, review_id=pk, text=text, actor_id=request.user.pk)
    except Review.DoesNotExist as missing:
        raise Http404 from missing
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Your reply stands below the review. It can be changed for one day."))
    return redirect("opinions:own_reviews")


@require_GET
@require_whole_shop(Role.STAFF)
def reviews(request: ScopedRequest) -> HttpResponse:
    """Reviews that wait or were reported, or all of them."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in _TABS else ""
    found = _TABS[tab](request.scope)
    context = _listed(page_of(request, found, size=PAGE_SIZE)) | {
        "tab": tab,
        "page_query": f"tab={tab}" if tab else "",
    }
    return render(request, "shop/opinions/reviews.html", context)


@require_POST
@require_whole_shop(Role.STAFF)
def show(request: ScopedRequest, pk: int) -> HttpResponse:
    """Show a review, or leave a reported one where it is."""
    show_review(review_id=get_object_or_404(Review, pk=pk).pk, actor_id=request.user.pk)
    messages.success(request, _("The review is shown."))
    return redirect("opinions:reviews")


@require_POST
@require_whole_shop(Role.STAFF)
def hide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a review off for a reason, which the journal keeps."""
    review = get_object_or_404(Review, pk=pk)
    form = HideForm(request.POST)
    try:
        hide_review(review_id=review.pk, reason=form.data.get("reason", ""), actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The review is hidden."))
    return redirect("opinions:reviews")


def _listed(page: Page[Review]) -> dict[str, Any]:
    """Return the rows of a page with their goods and photos. Three queries."""
    found = list(page.object_list)
    shown = {row.pk: row for row in shown_rows(found)}
    cards = {card.product_id: card for card in shown_cards(sorted({one.product_id for one in found}))}
    return {
        "page_obj": page,
        "rows": [
            {
                "review": one,
                "shown": shown[one.pk],
                "title": cards[one.product_id].title if one.product_id in cards else "",
                "url": cards[one.product_id].url if one.product_id in cards else "",
                "may_reply": reply_is_open(one),
            }
            for one in found
        ],
    }
