"""The staff's page of supplier orders past their promise, and of those that nobody has confirmed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.paging import page_of
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.unconfirmed import unconfirmed_orders
from shop.notifications.models import SupplierNotice
from shop.operations.selectors import late_supplier_orders


@dataclass(frozen=True)
class LateRow:
    """A supplier order with the latest notice that its supplier got about it, if any."""

    order: SupplierOrder
    told: SupplierNotice | None
    is_late: bool


def late_rows(orders: Iterable[SupplierOrder], now: dt.datetime) -> list[LateRow]:
    """Return the orders as the page shows them. One query."""
    listed = list(orders)
    notices = SupplierNotice.objects.filter(record__in=[order.record_id for order in listed])
    latest = {
        (notice.record_id, notice.supplier_id): notice for notice in notices.order_by("created_at", "pk")
    }
    return [
        LateRow(order, latest.get((order.record_id, order.supplier_id)), order.ship_by < now)
        for order in listed
    ]


def listed_orders(scope: Scope, show: str, now: dt.datetime) -> QuerySet[SupplierOrder]:
    """Return late orders, the longest late first, or with `unconfirmed` those not confirmed in time."""
    if show == "unconfirmed":
        return unconfirmed_orders(scope, now - dt.timedelta(hours=settings.SUPPLIER_REMINDER_HOURS))
    return late_supplier_orders(scope, now)


@require_GET
@require_whole_shop(Role.STAFF)
def late_shipments(request: ScopedRequest) -> HttpResponse:
    """Orders past the date by which they were to be shipped, with when and how the supplier was told last."""
    now = clock.now()
    show = "unconfirmed" if request.GET.get("show") == "unconfirmed" else "late"
    page = page_of(request, listed_orders(request.scope, show, now))
    page.object_list = late_rows(page.object_list, now)
    context = {"page_obj": page, "now": now, "show": show, "query": f"show={show}"}
    return render(request, "shop/operations/late_shipments.html", context)
