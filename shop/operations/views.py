"""Health of the shop, and the staff's queue of things that need a person."""

from collections import Counter
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from prometheus_client import CONTENT_TYPE_LATEST

from shop.accounts.access import ScopedRequest, require_roles, roles_of
from shop.accounts.models import Role
from shop.core import clock
from shop.core.paging import page_of
from shop.gateways.selectors import notices_to_check
from shop.gateways.services import check_notice
from shop.operations import health, metrics, selectors
from shop.operations.order_forms import NoteForm
from shop.operations.order_page import attention_text
from shop.operations.services import leave_work, take_work
from shop.ordering.models import OrderRecord
from shop.outbox.services import retry_dead, retry_dead_of


@require_GET
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers, whatever it stands on: for whoever starts it again when it does not."""
    return JsonResponse({"status": health.OK})


@require_GET
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the shop can serve: 503 without database or migrations, 200 and `degraded` without broker."""
    state = health.readiness()
    status = 503 if state.status == health.DOWN else 200
    return JsonResponse({"status": state.status, **asdict(state)}, status=status)


@require_GET
@never_cache
def metrics_page(request: HttpRequest) -> HttpResponse:
    """Tell Prometheus; to anybody else there is no such page."""
    if not metrics.may_read(request):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


@require_GET
@require_roles(Role.STAFF, Role.FINANCE)
def desk(request: ScopedRequest) -> HttpResponse:
    """What needs a person, each list with its oldest first."""
    now = clock.now()
    works = selectors.kinds_of_work(request.scope, now)
    kind = request.GET.get("kind", "")
    wanted = [work for work in works if kind in ("", work.code)]
    queue = selectors.queue_of(works)
    counts = Counter({item.kind: item.count for item in queue})
    many = sum(counts[work.code] for work in wanted)
    items = page_of(request, selectors.work_rows(wanted) if wanted else [], count=many)
    items.object_list = selectors.work_items(wanted, list(items.object_list), request.user.pk)

    known = {work.code for work in works}

    def listed(rows: QuerySet[Any], name: str, code: str) -> Page[Any]:
        return page_of(request, rows, name=name, count=counts[code] if code in known else None)

    context = {
        "now": now,
        "kind": kind if wanted else "",
        "items": items,
        "page_query": urlencode({"kind": kind}) if kind else "",
        "outbox_late": health.outbox_late() if request.scope.everything else None,
        "queue": queue,
        "orders": _orders(listed(selectors.orders_needing_attention(request.scope), "orders", "order")),
        "money": listed(selectors.unapplied_payments(request.scope), "money", "payment"),
        "notices": listed(notices_to_check(request.scope), "notices", "paymentnotice"),
        "late": listed(selectors.late_supplier_orders(request.scope, now), "late", "supplierorder"),
        "dead": listed(selectors.messages_given_up(request.scope), "dead", "outboxdelivery"),
    }
    return render(request, "shop/operations/desk.html", context)


def _orders(page: Page[OrderRecord]) -> Page[OrderRecord]:
    """Say in words why each order is listed."""
    for order in page.object_list:
        order.attention = attention_text(order.attention)
    return page


@require_POST
@require_roles(Role.STAFF, Role.FINANCE)
def work_take(request: ScopedRequest) -> HttpResponse:
    """Make the caller look after a piece of work, or leave it to others again."""
    kind, key = request.POST.get("kind", ""), request.POST.get("key", "")
    if "leave" in request.POST:
        leave_work(kind=kind[:40], key=key[:40], user_id=request.user.pk)
        return redirect("operations:desk")
    works = [work for work in selectors.kinds_of_work(request.scope, clock.now()) if work.code == kind]
    if not works or not key.isdecimal() or not works[0].rows.filter(pk=key[:18]).exists():
        messages.error(request, _("This work is done already."))
    else:
        take_work(kind=kind, key=key, user_id=request.user.pk)
        messages.success(request, _("You look after it now."))
    return redirect("operations:desk")


@require_POST
@require_roles(Role.STAFF, Role.FINANCE)
def notice_checked(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a payment notice off the list, with a note of what was found."""
    notice = get_object_or_404(notices_to_check(request.scope), pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["note"][0]))
    elif check_notice(notice_id=notice.pk, note=form.cleaned_data["note"], actor_id=request.user.pk):
        messages.success(request, _("Noted. The notice is off the list."))
    return redirect("operations:desk")


@require_GET
@require_roles(Role.STAFF, Role.FINANCE)
def outbox(request: ScopedRequest) -> HttpResponse:
    """How far the messages have come, by handler, and those given up with their reason."""
    backlog = selectors.outbox_backlog(request.scope)
    waited = clock.now() - (backlog.oldest_at or clock.now())
    context = {
        "now": clock.now(),
        "backlog": backlog,
        "late": waited > health.LATE,
        "outbox_late": int(waited.total_seconds() // 60),
        "broker": health.broker(),
        "dead": page_of(request, selectors.messages_given_up(request.scope), name="dead"),
        "may_retry": request.scope.everything and Role.STAFF in roles_of(request.user),
    }
    return render(request, "shop/operations/outbox.html", context)


@require_POST
@require_roles(Role.STAFF)
def retry(request: ScopedRequest, pk: int) -> HttpResponse:
    """Give a dead message another round."""
    delivery = get_object_or_404(selectors.messages_given_up(request.scope), pk=pk)
    retry_dead(delivery_id=delivery.pk, actor_id=request.user.pk)
    messages.success(request, _("The message will be tried again."))
    return redirect("operations:outbox" if "from_outbox" in request.POST else "operations:desk")


@require_POST
@require_roles(Role.STAFF)
def retry_handler(request: ScopedRequest) -> HttpResponse:
    """Give every dead message of a handler another round."""
    if request.scope.everything:
        revived = retry_dead_of(handler=request.POST.get("handler", ""), actor_id=request.user.pk)
        text = ngettext(
            "%(count)d message will be tried again.", "%(count)d messages will be tried again.", revived
        )
        messages.success(request, text % {"count": revived})
    return redirect("operations:outbox")
