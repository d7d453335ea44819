"""What of the orders a caller may read."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Prefetch, Q, QuerySet

from shop.accounts.scope import Scope
from shop.buyers.units import RESIDENT
from shop.core import clock
from shop.ordering.limits import person_of
from shop.ordering.models import ChargeShare, LineShare, OrderRecord
from shop.ordering.numbers import guest_token, token_fits
from shop.ordering.sellable import free_sums
from shop.ordering.status import PaymentState, ReleaseState

#: A guest's link opens the order this long; after that, staff look it up.
GUEST_LINK_DAYS = 180


@dataclass(frozen=True)
class OrderFilters:
    """What to list; empty means all. `query` is a number or a part of it."""

    payment_state: str = ""
    fulfilment_state: str = ""
    attention: bool = False
    query: str = ""
    placed_from: dt.datetime | None = None
    placed_before: dt.datetime | None = None


def orders(scope: Scope, filters: OrderFilters | None = None) -> QuerySet[OrderRecord]:
    """Return the orders a caller may see whole, newest first, with shares and charges: a constant 3 queries.

    All of them in an unlimited scope, else the person's own and those of the organisations that they act for.
    A supplier's or a region's scope opens no whole order: a mixed order holds lines of others (suppliers read
    their supplier orders, reports the ledger).
    """
    filters = filters or OrderFilters()
    found = _with_parts(_visible(scope)).order_by("-placed_at", "-pk")
    if filters.payment_state:
        found = found.filter(payment_state=filters.payment_state)
    if filters.fulfilment_state:
        found = found.filter(fulfilment_state=filters.fulfilment_state)
    if filters.attention:
        found = found.exclude(attention="")
    if filters.query:
        found = found.filter(number__icontains=filters.query.strip())
    if filters.placed_from:
        found = found.filter(placed_at__gte=filters.placed_from)
    if filters.placed_before:
        found = found.filter(placed_at__lt=filters.placed_before)
    return found


def order_for_owner(scope: Scope, number: str) -> OrderRecord:
    """Return the order; raises OrderRecord.DoesNotExist alike for a wrong number and for someone else's."""
    return _with_parts(_visible(scope)).get(number=number)


def order_for_token(number: str, token: str) -> OrderRecord:
    """Return a guest's order by its link; raises OrderRecord.DoesNotExist for any that does not open one.

    The digest is compared in constant time, for orders of guests only, and for a limited time.
    """
    oldest = clock.now() - dt.timedelta(days=GUEST_LINK_DAYS)
    guests = OrderRecord.objects.filter(number=number, buyer=None, placed_at__gte=oldest)
    record = _with_parts(guests).first()
    if record is None or not token_fits(record, token):
        raise OrderRecord.DoesNotExist
    return record


def is_link_over(record: OrderRecord) -> bool:
    """Return whether the link to a guest's order opens it no more."""
    return record.placed_at < clock.now() - dt.timedelta(days=GUEST_LINK_DAYS)


def order_of_guest(number: str, phone: str) -> OrderRecord | None:
    """Return the order that a guest placed with this number (E.164), as long as its link would open it. One query."""
    oldest = clock.now() - dt.timedelta(days=GUEST_LINK_DAYS)
    record = OrderRecord.objects.filter(number=number, buyer=None, placed_at__gte=oldest).first()
    # Guests type their numbers as they like, and so they are stored.
    return record if record and person_of(None, record.guest_phone).phone == phone else None


def link_token(record: OrderRecord) -> str | None:
    """Return the token of a guest's link for a notice; None for a signed-in buyer's order."""
    token = guest_token(record.number)
    return token if record.buyer_id is None and token_fits(record, token) else None


def orders_past_hold(now: dt.datetime) -> QuerySet[OrderRecord]:
    """Return unpaid orders whose hold has ended, and those left half-closed; oldest first."""
    return OrderRecord.objects.filter(
        Q(payment_state=PaymentState.UNPAID, hold_until__lte=now) | Q(payment_state=PaymentState.CLOSING)
    ).order_by("hold_until", "pk")


def unpaid_orders_of(supplier_code: str) -> list[int]:
    """Return the ids of unpaid orders, not on terms, with goods left of the supplier; oldest first. One query."""
    unpaid = OrderRecord.objects.filter(
        payment_state=PaymentState.UNPAID,
        release_state=ReleaseState.HELD,
        shares__supplier__code=supplier_code,
        shares__units__gt=F("shares__reduced_units"),
    )
    return list(unpaid.order_by("pk").distinct().values_list("pk", flat=True))


def left_in_stock(stockrecord_id: int, pool: str = "retail") -> int:
    """Return the units that can be promised now; a decision needs `place_order`."""
    return free_sums([stockrecord_id], pool).get(stockrecord_id, 0)


def _visible(scope: Scope) -> QuerySet[OrderRecord]:
    if scope.everything:
        return OrderRecord.objects.all()
    if scope.user_id is None:
        return OrderRecord.objects.none()
    # What an employee bought and had credited to the unit stays the employee's.
    of_unit = Q(credited_organisation__in=scope.organisations) & ~Q(buyer_kind=RESIDENT)
    own = Q(buyer_id=scope.user_id)
    return OrderRecord.objects.filter(own | of_unit if scope.organisations else own)


def _with_parts(found: QuerySet[OrderRecord]) -> QuerySet[OrderRecord]:
    return found.select_related("order").prefetch_related(
        Prefetch("shares", LineShare.objects.select_related("line", "supplier").order_by("number")),
        Prefetch("charges", ChargeShare.objects.select_related("supplier").order_by("number")),
    )
