"""The mailbox of the embedded shop."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.notifications.selectors import mailbox_messages

PAGE_SIZE = 30


@require_GET
@require_roles(Role.STAFF)
def mailbox(request: ScopedRequest) -> HttpResponse:
    """Messages that would have left by mail or SMS, newest first."""
    page = Paginator(mailbox_messages(request.scope), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "shop/notifications/mailbox.html", {"page_obj": page, "active_tab": "mailbox"})
