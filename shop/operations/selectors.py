"""Everything that needs a person, from every app, with its age."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Min, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.fulfilment.models import SupplierOrder, SupplierOrderState
from shop.gateways.models import Payment, TransferClaim, TransferState
from shop.notifications.models import BuyerNotice, NoticeState, SupplierNotice
from shop.ordering.models import OrderRecord
from shop.outbox.selectors import dead_deliveries


@dataclass(frozen=True)
class QueueItem:
    """A kind of work: how many, since when, where to do it. `kind` is a lucide icon name."""

    icon: str
    title: str
    count: int
    oldest_at: dt.datetime | None
    url: str


def unapplied_payments() -> QuerySet[Payment]:
    """Return captured money that is neither applied nor sent back."""
    return Payment.objects.filter(fen__gt=F("applied_fen") + F("returned_fen"))


def orders_needing_attention(scope: Scope) -> QuerySet[OrderRecord]:
    """Return orders that something odd happened to; only for a scope over everything."""
    orders = OrderRecord.objects.exclude(attention="").order_by("placed_at")
    return orders if scope.everything else orders.none()


def work_queue(scope: Scope, now: dt.datetime) -> list[QueueItem]:
    """Return the kinds of work that have something in them; a constant number of queries."""
    if not scope.everything:
        return []
    late = SupplierOrder.objects.filter(
        state__in=[SupplierOrderState.NEW, SupplierOrderState.CONFIRMED], ship_by__lt=now
    )
    desk = reverse("operations:desk")
    kinds = [
        (
            "triangle-alert",
            _("Orders to look at"),
            orders_needing_attention(scope),
            "placed_at",
            desk + "#orders",
        ),
        ("banknote", _("Money without an order"), unapplied_payments(), "captured_at", desk + "#money"),
        (
            "banknote",
            _("Bank transfers to confirm"),
            TransferClaim.objects.filter(state=TransferState.PROPOSED),
            "proposed_at",
            reverse("gateways:transfers"),
        ),
        ("clock", _("Suppliers late with shipping"), late, "ship_by", desk + "#late"),
        ("circle-alert", _("Messages given up"), dead_deliveries(), "message__occurred_at", desk + "#dead"),
        ("circle-alert", _("Notices to suppliers not sent"), _dead(SupplierNotice), "created_at", desk),
        ("circle-alert", _("Notices to buyers not sent"), _dead(BuyerNotice), "created_at", desk),
    ]
    items = []
    for icon, title, rows, age, url in kinds:
        oldest = rows.order_by().aggregate(oldest=Min(age))["oldest"]
        if oldest is not None:
            items.append(QueueItem(icon, title, rows.count(), oldest, url))
    return items


def late_supplier_orders(now: dt.datetime) -> QuerySet[SupplierOrder]:
    """Return supplier orders past their promise, the latest first."""
    return (
        SupplierOrder.objects.filter(
            state__in=[SupplierOrderState.NEW, SupplierOrderState.CONFIRMED], ship_by__lt=now
        )
        .select_related("record", "supplier")
        .order_by("ship_by")
    )


def _dead(model: type[SupplierNotice] | type[BuyerNotice]) -> QuerySet:  # type: ignore[type-arg]
    return model.objects.filter(state=NoticeState.DEAD)
