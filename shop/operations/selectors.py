"""Everything that needs a person, from every app, with its age."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, Count, F, IntegerField, Min, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.fulfilment.holds import held_by_suspension
from shop.fulfilment.models import SupplierOrder, SupplierOrderState
from shop.fulfilment.returns.selectors import returns_to_decide
from shop.fulfilment.selectors import supplier_orders
from shop.fulfilment.shortages import open_shortages
from shop.gateways.bank_selectors import open_differences, proposed_assignments
from shop.gateways.models import Payment, TransferClaim, TransferState
from shop.gateways.selectors import (
    notices_to_check,
    payouts_to_confirm,
    payouts_to_make,
    proposed_moves,
    proposed_payees,
    refunds_to_decide,
)
from shop.operations.abuse_work import abuse_work
from shop.operations.goods_work import parcel_work, stock_work
from shop.operations.models import WorkClaim
from shop.operations.notice_work import notice_work
from shop.operations.settlement_work import settlement_work
from shop.operations.supplier_work import supplier_work
from shop.operations.unit_work import unit_work
from shop.operations.work import QueueItem, Work, WorkItem
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxDelivery
from shop.outbox.selectors import Backlog, backlog, dead_deliveries


def unapplied_payments(scope: Scope) -> QuerySet[Payment]:
    """Return captured money that is neither applied nor sent back nor moved; only for a scope over everything."""
    payments = Payment.objects.filter(fen__gt=F("applied_fen") + F("returned_fen") + F("moved_fen")).order_by(
        "captured_at"
    )
    return payments.select_related("record") if scope.everything else payments.none()


def orders_needing_attention(scope: Scope) -> QuerySet[OrderRecord]:
    """Return orders that something odd happened to; only for a scope over everything."""
    orders = OrderRecord.objects.exclude(attention="").annotate(
        attention_since=Coalesce("attention_at", "placed_at")
    )
    orders = orders.order_by("attention_since", "pk")
    return orders if scope.everything else orders.none()


def work_queue(scope: Scope, now: dt.datetime) -> list[QueueItem]:
    """Return the kinds of work that have something in them. One query."""
    return queue_of(kinds_of_work(scope, now))


def queue_of(works: Sequence[Work]) -> list[QueueItem]:
    """Return those of the kinds that have something in them, with how many and since when. One query."""
    if not works:
        return []
    parts: list[QuerySet[Any]] = []
    for number, work in enumerate(works):
        # A row that is joined twice is one thing to do.
        rows = work.rows.order_by().values(work_number=Value(number, output_field=IntegerField()))
        parts.append(
            rows.annotate(work_count=Count("pk", distinct=True), work_since=Min(work.age)).values_list(
                "work_number", "work_count", "work_since"
            )
        )
    first, *others = parts
    found = first.union(*others, all=True).order_by("work_number")
    return [
        QueueItem(
            works[number].icon, works[number].title, count, since, works[number].url, works[number].code
        )
        for number, count, since in found
        if since is not None
    ]


def kinds_of_work(scope: Scope, now: dt.datetime) -> list[Work]:
    """Return every kind of work of the whole shop; none for a scope over a part of it. No query."""
    if not scope.everything:
        return []
    return [
        *_goods_work(scope, now),
        *parcel_work(scope, now),
        *stock_work(scope),
        *_money_work(scope),
        *_money_back_work(scope),
        *unit_work(scope),
        *abuse_work(scope),
        *supplier_work(scope),
        *settlement_work(scope),
        *_message_work(scope),
        *notice_work(scope, now),
    ]


def work_rows(works: Sequence[Work]) -> "QuerySet[Any]":
    """Return (kind, key, since, ref) of every row of these kinds, the oldest first: one statement."""
    rows = [
        work.rows.order_by()
        .annotate(
            work_kind=Value(work.code, output_field=CharField()),
            work_key=Cast("pk", CharField()),
            work_since=F(work.age),
            work_ref=Cast(work.ref or "pk", CharField()),
        )
        .values_list("work_kind", "work_key", "work_since", "work_ref")
        for work in works
    ]
    first, *others = rows
    return first.union(*others, all=True).order_by("work_since", "work_key")


def work_items(
    works: Sequence[Work], rows: Sequence[tuple[str, str, dt.datetime, str]], user_id: int
) -> list[WorkItem]:
    """Return rows of `work_rows` as the staff read them, with who has taken them. One query."""
    by_kind = {work.code: work for work in works}
    claims = WorkClaim.objects.filter(key__in={key for _kind, key, *_rest in rows}).select_related("user")
    taken = {(claim.kind, claim.key): claim for claim in claims}
    items = []
    for kind, key, since, ref in rows:
        work, claim = by_kind[kind], taken.get((kind, key))
        # A claim older than the work was about something else that is over.
        owner = claim.user if claim is not None and claim.taken_at >= since else None
        items.append(
            WorkItem(
                kind=kind,
                key=key,
                icon=work.icon,
                title=work.title,
                ref=ref,
                order=ref if work.of_order else "",
                since=since,
                url=work.url,
                role=_role_names()[work.role],
                owner=str(owner) if owner else "",
                is_mine=owner is not None and owner.pk == user_id,
            )
        )
    return items


def _role_names() -> dict[str, str]:
    return {Role.STAFF: _("Operations"), Role.FINANCE: _("Finance")}


def _goods_work(scope: Scope, now: dt.datetime) -> list[Work]:
    desk = reverse("operations:desk")
    orders, late = orders_needing_attention(scope), late_supplier_orders(scope, now)
    return [
        Work(
            "triangle-alert",
            _("Orders to look at"),
            orders,
            "attention_since",
            desk + "#orders",
            kind="order",
            ref="number",
            of_order=True,
        ),
        Work(
            "clock",
            _("Suppliers late with shipping"),
            late,
            "ship_by",
            reverse("operations:late_shipments"),
            ref="record__number",
            of_order=True,
        ),
        Work(
            "boxes",
            _("Shortages to decide"),
            open_shortages(scope),
            "reported_at",
            reverse("operations:shortages"),
            ref="supplier_order__record__number",
            of_order=True,
        ),
        Work(
            "undo-2",
            _("After-sales cases to decide"),
            returns_to_decide(scope),
            "state_since",
            reverse("operations:returns"),
            kind="return",
            ref="supplier_order__record__number",
            of_order=True,
        ),
    ]


def _money_work(scope: Scope) -> list[Work]:
    desk = reverse("operations:desk")
    proposed = TransferClaim.objects.filter(state=TransferState.PROPOSED)
    return [
        Work(
            "banknote",
            _("Money without an order"),
            unapplied_payments(scope),
            "captured_at",
            desk + "#money",
            ref="key",
        ),
        Work(
            "circle-alert",
            _("Payment notices nobody knows"),
            notices_to_check(scope),
            "received_at",
            desk + "#notices",
            ref="reference",
        ),
        Work(
            "banknote",
            _("Bank transfers to confirm"),
            proposed,
            "proposed_at",
            reverse("gateways:transfers"),
            ref="bank_serial",
        ),
        Work(
            "banknote",
            _("Orders proposed for money"),
            proposed_assignments(scope),
            "proposed_at",
            reverse("gateways:differences"),
            ref="record__number",
            of_order=True,
        ),
        Work(
            "circle-alert",
            _("Open differences"),
            open_differences(scope),
            "opened_at",
            reverse("gateways:differences"),
            kind="difference",
        ),
    ]


def _money_back_work(scope: Scope) -> list[Work]:
    refunds = reverse("gateways:refund_queue")
    return [
        Work(
            "undo-2",
            _("Refunds to decide"),
            refunds_to_decide(scope),
            "requested_at",
            refunds,
            ref="record__number",
            of_order=True,
        ),
        Work(
            "banknote",
            _("Transfers back to make at the bank"),
            payouts_to_make(scope),
            "created_at",
            refunds,
            kind="payout_make",
            ref="payment__key",
        ),
        Work(
            "banknote",
            _("Transfers back to confirm"),
            payouts_to_confirm(scope),
            "created_at",
            refunds,
            kind="payout_confirm",
            ref="payment__key",
        ),
        Work(
            "undo-2",
            _("Surplus proposed for other orders"),
            proposed_moves(scope),
            "proposed_at",
            refunds,
            kind="surplus_move",
            ref="payment__key",
        ),
        Work(
            "undo-2",
            _("Other payees proposed"),
            proposed_payees(scope),
            "proposed_at",
            refunds,
            kind="payee",
        ),
    ]


def _message_work(scope: Scope) -> list[Work]:
    desk = reverse("operations:desk")
    dead = messages_given_up(scope)
    return [
        Work(
            "circle-alert",
            _("Messages given up"),
            dead,
            "message__occurred_at",
            desk + "#dead",
            ref="message__stream",
        ),
    ]


def late_supplier_orders(scope: Scope, now: dt.datetime) -> QuerySet[SupplierOrder]:
    """Return supplier orders of the scope that are past their promise, but for stopped ones, the latest first."""
    open_states = [SupplierOrderState.NEW, SupplierOrderState.CONFIRMED]
    late = supplier_orders(scope).filter(state__in=open_states, ship_by__lt=now)
    late = late.exclude(pk__in=held_by_suspension(SupplierOrder.objects.all()))
    return late.filter(record__shipping_stopped_at=None).order_by("ship_by")


def messages_given_up(scope: Scope) -> QuerySet[OutboxDelivery]:
    """Return dead deliveries, oldest first; only for a scope over everything."""
    return dead_deliveries() if scope.everything else dead_deliveries().none()


def outbox_backlog(scope: Scope) -> Backlog:
    """Return what the outbox has before it; nothing for a scope that is not over everything. Two queries."""
    return backlog() if scope.everything else Backlog(0, None, [])
