"""Health of the shop, and the staff's queue of things that need a person."""

from django.contrib import messages
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core import clock
from shop.operations import selectors
from shop.outbox.services import retry_dead

LIST_SIZE = 50


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers; for probes and the start command. No data in it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": "down"}, status=503)
    return JsonResponse({"database": "ok"})


@require_GET
@require_roles(Role.STAFF, Role.FINANCE)
def desk(request: ScopedRequest) -> HttpResponse:
    """What needs a person, each list with its oldest first."""
    now = clock.now()
    context = {
        "active_tab": "desk",
        "now": now,
        "queue": selectors.work_queue(request.scope, now),
        "orders": selectors.orders_needing_attention(request.scope)[:LIST_SIZE],
        "money": selectors.unapplied_payments(request.scope)[:LIST_SIZE],
        "late": selectors.late_supplier_orders(request.scope, now)[:LIST_SIZE],
        "dead": selectors.messages_given_up(request.scope)[:LIST_SIZE],
    }
    return render(request, "shop/operations/desk.html", context)


@require_POST
@require_roles(Role.STAFF)
def retry(request: ScopedRequest, pk: int) -> HttpResponse:
    """Give a dead message another round."""
    delivery = get_object_or_404(selectors.messages_given_up(request.scope), pk=pk)
    retry_dead(delivery_id=delivery.pk, actor_id=request.user.pk)
    messages.success(request, _("The message will be tried again."))
    return redirect("operations:desk")
