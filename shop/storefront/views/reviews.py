"""What buyers say of goods: read by everyone, written by who bought them, also by a guest through the order's link."""

from typing import Any

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.listings.presentation import shown_cards
from shop.opinions.forms import ReviewForm
from shop.opinions.models import Review, ReviewState
from shop.opinions.presentation import figures, shown_rows
from shop.opinions.review_selectors import lines_to_review, shown_reviews, sums_of
from shop.opinions.reviews import masked_name, report_review, write_review
from shop.storefront.access import my_order
from shop.storefront.presenters.reviews import order_reviews_context

PAGE_SIZE = 10
#: Reports from one address.
RATES = {"report": "10/m/ip,60/h/ip"}
#: Which reviews this browser has reported, in its session.
REPORTED = "reported_reviews"


@never_cache
@require_safe
def order_reviews(request: HttpRequest, number: str) -> HttpResponse:
    """The order's lines, what was said of each, and what still can be."""
    record = my_order(request, number)
    return render(request, "shop/storefront/order_reviews.html", order_reviews_context(record))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review_new(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Write the one review of a line; what was typed stays when something is refused."""
    record = my_order(request, number)
    found = next((one for one in lines_to_review(record) if one.line.pk == pk), None)
    if found is None:
        raise Http404
    form = ReviewForm(request.POST, request.FILES) if request.method == "POST" else ReviewForm()
    if request.method == "POST" and form.is_valid():
        try:
            write_review(
                record_id=record.pk, line_id=pk, draft=form.draft(), actor_id=request.user.pk or None
            )
        except ShopError as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Thank you for your review."))
            return redirect("storefront:order_reviews", number=number)
    context = {
        "number": number,
        "title": found.line.title,
        "name": masked_name(record.recipient_name),
        "form": form,
    }
    return render(request, "shop/storefront/review_new.html", context, status=422 if form.errors else 200)


@require_safe
def product_reviews(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is shown about a product, the newest first; `stars` narrows it."""
    card = next(iter(shown_cards([pk])), None)
    if card is None:
        raise Http404
    asked = request.GET.get("stars", "")
    chosen = int(asked) if asked in ("1", "2", "3", "4", "5") else 0
    found = shown_reviews(pk)
    page = page_of(request, found.filter(stars=chosen) if chosen else found, size=PAGE_SIZE)
    sums = sums_of(pk)
    context: dict[str, Any] = {
        "card": card,
        "reviews": figures(sums) if sums else None,
        "rows": shown_rows(page.object_list),
        "chosen": chosen,
        "page_obj": page,
        "page_query": f"stars={chosen}" if chosen else "",
    }
    return render(request, "shop/storefront/product_reviews.html", context)


@require_POST
def review_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell staff that a review is out of place; once from each browser, and not without end from one address."""
    if not ratelimit.consume(request, app="shop.storefront", action="report", config=RATES):
        return ratelimit.handler429(request)
    review = get_object_or_404(Review, pk=pk, state=ReviewState.SHOWN)
    reported = request.session.get(REPORTED, [])
    if pk not in reported:
        report_review(review_id=pk)
        request.session[REPORTED] = [*reported[-99:], pk]
    messages.success(request, _("Thank you. Somebody of the shop will look at it."))
    return redirect("storefront:product_reviews", pk=review.product_id)
