"""What a kind of work is, and the kinds that parcels make."""

import datetime as dt
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.fulfilment.selectors import parcels_in_trouble, parcels_on_their_way, parcels_without_news
from shop.ordering.reshipments import reshipments
from shop.ordering.status import ReshipState

#: So long before a receipt is taken as confirmed staff are asked to look after the parcel.
DUE_SOON = dt.timedelta(days=3)
#: A replacement that is not on its way by then needs a person.
RESHIP_WITHIN = dt.timedelta(days=2)


class Work(NamedTuple):
    """A kind of work: icon, title, rows, the column that tells their age, where it is done, and whose it is.

    `ref` is the column that names a row to people, "" for its id; `of_order` says that it is an order's number.
    """

    icon: str
    title: str
    rows: "QuerySet[Any]"
    age: str
    url: str
    kind: str = ""
    ref: str = ""
    role: str = Role.STAFF
    of_order: bool = False

    @property
    def code(self) -> str:
        """Return the name of the kind in addresses and in the rows that say who has taken what."""
        return self.kind or str(self.rows.model._meta.model_name)


def parcel_work(scope: Scope, now: dt.datetime) -> list[Work]:
    """Return what parcels ask of the staff. No query."""
    page = reverse("operations:parcels")
    due_soon = parcels_on_their_way(scope).filter(clock_stopped_at=None, confirm_due_at__lt=now + DUE_SOON)
    late = reshipments(scope).filter(state=ReshipState.REQUESTED, requested_at__lt=now - RESHIP_WITHIN)
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
        Work(
            "package",
            _("Replacements not sent for two days"),
            late,
            "requested_at",
            reverse("operations:orders"),
            ref="record__number",
            of_order=True,
        ),
    ]
