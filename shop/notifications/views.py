"""The mailbox of the embedded shop, and a guest's short link."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.notifications.links import order_of_code
from shop.notifications.selectors import mailbox_messages
from shop.ordering.numbers import guest_token

PAGE_SIZE = 30


@require_GET
@require_roles(Role.STAFF)
def mailbox(request: ScopedRequest) -> HttpResponse:
    """Messages that would have left by mail or SMS, newest first."""
    page = Paginator(mailbox_messages(request.scope), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "shop/notifications/mailbox.html", {"page_obj": page})


@require_GET
@never_cache
def short_link(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to a guest's order by the code of a text message; the order's own link says whether it still opens."""
    record = order_of_code(code)
    if record is None:
        raise Http404
    return redirect("storefront:order_guest", number=record.number, token=guest_token(record.number))
