"""The last steps of the way down: from an order line to its parcels, and to what proves its money."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.accounts.scope import Scope
from shop.core.clock import SHANGHAI
from shop.fulfilment.models import Parcel, ParcelItem
from shop.fulfilment.tracking_models import StepStatus, TrackingEvent
from shop.ledger.evidence import facts_of
from shop.ledger.grading import grades_of
from shop.reporting.tables import Cell, Table

#: Parcels and facts of one order that a page shows.
SHOWN = 200
_SHARE = re.compile(r"share:(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class Step:
    """A step of a parcel: in the courier's words only what it means, for its own words may name people."""

    title: str
    at: dt.datetime
    detail: str = ""


def parcel_items(scope: Scope) -> QuerySet[ParcelItem]:
    """Return what lies in parcels, of the regions that the scope may see."""
    items = ParcelItem.objects.select_related("parcel__supplier_order__supplier", "share")
    if scope.everything:
        return items
    return items.filter(share__dims__region__in=sorted(scope.regions)) if scope.regions else items.none()


def items_of_figure(scope: Scope, order: str, source: str | None) -> list[ParcelItem]:
    """Return what was sent of an order, or of one of its lines. One query; none for what is not a share."""
    items = parcel_items(scope).filter(share__record__number=order)
    if source is not None:
        share = _SHARE.fullmatch(source)
        if share is None:
            return []
        items = items.filter(share_id=int(share[1]))
    return list(items.order_by("parcel_id", "share__number")[:SHOWN])


def parcels_table(items: Iterable[ParcelItem]) -> Table:
    """Return the parcels of an order or line."""
    rows = [
        [
            Cell(
                f"{item.parcel.courier} {item.parcel.tracking_number}",
                url=reverse("reporting:parcel", args=[item.parcel_id]),
            ),
            Cell(item.share.dims["product_name"]),
            Cell(number=item.units, is_number=True),
            Cell(item.parcel.get_state_display()),
            Cell(_day(item.parcel.shipped_at)),
            Cell(_day(item.parcel.signed_at)),
            Cell(_day(item.parcel.received_at)),
        ]
        for item in items
    ]
    columns = [
        (_("Parcel"), False),
        (_("Product"), False),
        (_("Units"), True),
        (_("State"), False),
        (_("Shipped on"), False),
        (_("Signed for on"), False),
        (_("Received on"), False),
    ]
    return Table("parcels", _("Parcels"), columns, rows)


def evidence_table(order: str) -> Table:
    """Return the grades of an order's payments and the facts that they follow from, the latest first. Two queries."""
    found = list(facts_of(order))
    grades = [
        [Cell(_("Grade %(grade)s") % {"grade": grade}), Cell(), Cell(), Cell(key), Cell()]
        for key, grade in grades_of(order, found[::-1]).items()
    ]
    facts = [
        [
            Cell(fact.get_kind_display()),
            Cell(_("holds"), tone="ok") if fact.holds else Cell(_("does not hold any more"), tone="err"),
            Cell(fact.reference),
            Cell(fact.payment_key or _("all payments")),
            Cell(_day(fact.recorded_at)),
        ]
        for fact in found[:SHOWN]
    ]
    columns = [
        (pgettext("trail", "Evidence"), False),
        (_("Does it hold"), False),
        (_("What it stands on"), False),
        (_("Payment"), False),
        (_("Written down on"), False),
    ]
    return Table("evidence", pgettext("trail", "Evidence"), columns, [*grades, *facts])


def parcel_in(scope: Scope, pk: int) -> Parcel | None:
    """Return a parcel with what of it the scope may see (`shown_items`) and its news; None when that is nothing."""
    parcels = Parcel.objects.select_related("supplier_order__record", "supplier_order__supplier__region")
    shown = parcel_items(scope).order_by("share__number")
    found = parcels.prefetch_related(
        Prefetch("items", shown, to_attr="shown_items"),
        Prefetch("tracking_events", TrackingEvent.objects.all()),
    ).filter(pk=pk, items__in=parcel_items(scope))
    return found.first()


def steps_of(parcel: Parcel) -> list[Step]:
    """Return what happened to a parcel, the latest first."""
    own = [
        (_("Received by the buyer"), parcel.received_at),
        (_("Signed for"), parcel.signed_at),
        (_("Handed to the courier"), parcel.shipped_at),
    ]
    told = [Step(str(StepStatus(event.status).label), event.at) for event in parcel.tracking_events.all()]
    steps = [*(Step(title, at) for title, at in own if at is not None), *told]
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _day(at: dt.datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d}" if at is not None else "–"
