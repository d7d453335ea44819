"""Everything that needs a person, from every app, with its age."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Min, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.buyers.selectors import organisations_to_verify, terms_proposed
from shop.fulfilment.models import SupplierOrder, SupplierOrderState
from shop.fulfilment.selectors import parcels_on_their_way, supplier_orders
from shop.fulfilment.shortages import open_shortages
from shop.gateways.bank_selectors import open_differences
from shop.gateways.models import Payment, TransferClaim, TransferState
from shop.gateways.selectors import (
    notices_to_check,
    payouts_to_confirm,
    payouts_to_make,
    proposed_moves,
    proposed_payees,
    refunds_to_decide,
)
from shop.notifications.models import BuyerNotice, NoticeState, SupplierNotice
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxDelivery
from shop.outbox.selectors import Backlog, backlog, dead_deliveries

#: So long before a receipt is taken as confirmed staff are asked to look after the parcel.
DUE_SOON = dt.timedelta(days=3)

#: Icon, title, rows, the column that tells their age, where the work is done.
Work = tuple[str, str, "QuerySet[Any]", str, str]


@dataclass(frozen=True)
class QueueItem:
    """A kind of work: how many, since when, where to do it. `kind` is a lucide icon name."""

    icon: str
    title: str
    count: int
    oldest_at: dt.datetime | None
    url: str


def unapplied_payments(scope: Scope) -> QuerySet[Payment]:
    """Return captured money that is neither applied nor sent back nor moved; only for a scope over everything."""
    payments = Payment.objects.filter(fen__gt=F("applied_fen") + F("returned_fen") + F("moved_fen")).order_by(
        "captured_at"
    )
    return payments.select_related("record") if scope.everything else payments.none()


def orders_needing_attention(scope: Scope) -> QuerySet[OrderRecord]:
    """Return orders that something odd happened to; only for a scope over everything."""
    orders = OrderRecord.objects.exclude(attention="").order_by("placed_at")
    return orders if scope.everything else orders.none()


def work_queue(scope: Scope, now: dt.datetime) -> list[QueueItem]:
    """Return the kinds of work that have something in them; a constant number of queries."""
    if not scope.everything:
        return []
    items = []
    work = [*_goods_work(scope, now), *_money_work(scope), *_unit_work(scope), *_message_work(scope)]
    for icon, title, rows, age, url in work:
        oldest = rows.order_by().aggregate(oldest=Min(age))["oldest"]
        if oldest is not None:
            items.append(QueueItem(icon, title, rows.count(), oldest, url))
    return items


def _goods_work(scope: Scope, now: dt.datetime) -> list[Work]:
    desk = reverse("operations:desk")
    orders, late = orders_needing_attention(scope), late_supplier_orders(scope, now)
    return [
        ("triangle-alert", _("Orders to look at"), orders, "placed_at", desk + "#orders"),
        ("clock", _("Suppliers late with shipping"), late, "ship_by", desk + "#late"),
        (
            "boxes",
            _("Shortages to decide"),
            open_shortages(scope),
            "reported_at",
            reverse("operations:shortages"),
        ),
        (
            "truck",
            _("Parcels soon taken as received that nobody signed for"),
            parcels_on_their_way(scope).filter(clock_stopped_at=None, confirm_due_at__lt=now + DUE_SOON),
            "shipped_at",
            reverse("operations:parcels"),
        ),
    ]


def _money_work(scope: Scope) -> list[Work]:
    desk, refunds = reverse("operations:desk"), reverse("gateways:refund_queue")
    proposed = TransferClaim.objects.filter(state=TransferState.PROPOSED)
    return [
        ("banknote", _("Money without an order"), unapplied_payments(scope), "captured_at", desk + "#money"),
        (
            "circle-alert",
            _("Payment notices nobody knows"),
            notices_to_check(scope),
            "received_at",
            desk + "#notices",
        ),
        (
            "banknote",
            _("Bank transfers to confirm"),
            proposed,
            "proposed_at",
            reverse("gateways:transfers"),
        ),
        (
            "undo-2",
            _("Refunds to decide"),
            refunds_to_decide(scope),
            "requested_at",
            refunds,
        ),
        ("banknote", _("Transfers back to make at the bank"), payouts_to_make(scope), "created_at", refunds),
        ("banknote", _("Transfers back to confirm"), payouts_to_confirm(scope), "created_at", refunds),
        ("undo-2", _("Surplus proposed for other orders"), proposed_moves(scope), "proposed_at", refunds),
        ("undo-2", _("Other payees proposed"), proposed_payees(scope), "proposed_at", refunds),
        (
            "circle-alert",
            _("Open differences"),
            open_differences(scope),
            "opened_at",
            reverse("gateways:differences"),
        ),
    ]


def _unit_work(scope: Scope) -> list[Work]:
    page = reverse("buyers:organisations")
    waiting, proposed = organisations_to_verify(scope), terms_proposed(scope)
    return [
        ("badge-check", _("Organisations to verify"), waiting, "registered_at", page),
        ("file-check-2", _("Payment terms that wait for a second person"), proposed, "proposed_at", page),
    ]


def _message_work(scope: Scope) -> list[Work]:
    desk = reverse("operations:desk")
    dead = messages_given_up(scope)
    return [
        ("circle-alert", _("Messages given up"), dead, "message__occurred_at", desk + "#dead"),
        ("circle-alert", _("Notices to suppliers not sent"), _dead(SupplierNotice), "created_at", desk),
        ("circle-alert", _("Notices to buyers not sent"), _dead(BuyerNotice), "created_at", desk),
    ]


def late_supplier_orders(scope: Scope, now: dt.datetime) -> QuerySet[SupplierOrder]:
    """Return supplier orders of the scope that are past their promise, the latest first."""
    open_states = [SupplierOrderState.NEW, SupplierOrderState.CONFIRMED]
    return supplier_orders(scope).filter(state__in=open_states, ship_by__lt=now).order_by("ship_by")


def messages_given_up(scope: Scope) -> QuerySet[OutboxDelivery]:
    """Return dead deliveries, oldest first; only for a scope over everything."""
    return dead_deliveries() if scope.everything else dead_deliveries().none()


def outbox_backlog(scope: Scope) -> Backlog:
    """Return what the outbox has before it; nothing for a scope that is not over everything. Two queries."""
    return backlog() if scope.everything else Backlog(0, None, [])


def _dead(model: type[SupplierNotice] | type[BuyerNotice]) -> QuerySet:  # type: ignore[type-arg]
    return model.objects.filter(state=NoticeState.DEAD)
