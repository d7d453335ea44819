"""What stock and parcels ask of the staff, as kinds of work of the queue."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.fulfilment.reshipping import replacements_going_back
from shop.fulfilment.selectors import parcels_in_trouble, parcels_on_their_way, parcels_without_news
from shop.operations.work import Work
from shop.ordering.reshipments import reshipments
from shop.ordering.status import ReshipState
from shop.ordering.stock_alerts import stock_alerts

#: So long before a receipt is taken as confirmed staff are asked to look after the parcel.
DUE_SOON = dt.timedelta(days=3)
#: A replacement that is not on its way by then needs a person.
RESHIP_WITHIN = dt.timedelta(days=2)


def stock_work(scope: Scope) -> list[Work]:
    """Return the alerts of the stock. No query."""
    return [
        Work(
            "package",
            _("Stock to look after"),
            stock_alerts(scope),
            "since",
            reverse("operations:stock_alerts"),
            ref="stockrecord__partner_sku",
        )
    ]


def parcel_work(scope: Scope, now: dt.datetime) -> list[Work]:
    """Return what parcels ask of the staff. No query."""
    page = reverse("operations:parcels")
    due_soon = parcels_on_their_way(scope).filter(clock_stopped_at=None, confirm_due_at__lt=now + DUE_SOON)
    return [
        Work(
            "triangle-alert",
            _("Parcels held up, refused or on their way back"),
            parcels_in_trouble(scope),
            "trouble_at",
            f"{page}?list=trouble",
            kind="parcel_trouble",
            ref="supplier_order__record__number",
            of_order=True,
        ),
        Work(
            "truck",
            _("Parcels of which no news can be had"),
            parcels_without_news(scope),
            "shipped_at",
            f"{page}?list=no_news",
            kind="parcel_no_news",
            ref="supplier_order__record__number",
            of_order=True,
        ),
        Work(
            "truck",
            _("Parcels soon taken as received that nobody signed for"),
            due_soon,
            "shipped_at",
            page,
            ref="supplier_order__record__number",
            of_order=True,
        ),
        *_replacement_work(scope, now),
    ]


def _replacement_work(scope: Scope, now: dt.datetime) -> list[Work]:
    late = reshipments(scope).filter(state=ReshipState.REQUESTED, requested_at__lt=now - RESHIP_WITHIN)
    return [
        Work(
            "package",
            _("Replacements not sent for two days"),
            late,
            "requested_at",
            reverse("operations:orders"),
            ref="record__number",
            of_order=True,
        ),
        Work(
            "triangle-alert",
            _("Replacements refused or on their way back"),
            replacements_going_back(scope),
            "shipped_at",
            reverse("operations:orders"),
            kind="reshipment_trouble",
            ref="record__number",
            of_order=True,
        ),
    ]
