"""How many units one person may buy: held across sessions, accounts with the same phone, and guests."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.phones import normalise_phone
from shop.buyers.units import RESIDENT
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.listings.selectors import Limit
from shop.ordering.exceptions import CannotPlace
from shop.ordering.models import LineShare
from shop.ordering.status import PaymentState
from shop.ordering.stock_models import BuyerLock


@dataclass(frozen=True)
class Person:
    """Who buys: an account, its phone number or a guest's, as E.164 and as people type it. All may be missing."""

    user_id: int | None
    phone: str
    typed: frozenset[str]

    @property
    def keys(self) -> list[str]:
        """Return what is locked for the person, in the order in which everyone locks."""
        found = [f"user:{self.user_id}"] if self.user_id is not None else []
        return sorted([*found, f"phone:{self.phone}"] if self.phone else found)

    @property
    def orders(self) -> Q:
        """Return which shares are of the person's orders."""
        own = Q(record__buyer_id=self.user_id) if self.user_id is not None else Q(pk__in=[])
        if self.phone:
            own |= Q(record__guest_phone__in=self.typed) | Q(record__buyer__phone=self.phone)
        return own


def person_of(buyer: User | None, guest_phone: str = "") -> Person:
    """Return who buys, by account or, for a guest, by phone number."""
    typed = (buyer.phone or "") if buyer else guest_phone
    phone = _e164(typed)
    national = phone.removeprefix("+86") if phone.startswith("+86") else phone
    return Person(buyer.pk if buyer else None, phone, frozenset({typed, phone, national} - {""}))


def bought(person: Person, limits: Mapping[int, Limit]) -> dict[int, int]:
    """Return by product the units that the person has ordered within its limit's days, less those given back.

    Closed orders do not count, nor do those of an organisation. One query.
    """
    now = clock.now()
    since = {pk: now - dt.timedelta(days=limit.days) for pk, limit in limits.items()}
    shares = LineShare.objects.filter(
        person.orders,
        line__product__in=limits.keys(),
        record__placed_at__gt=min(since.values()),
        record__buyer_kind=RESIDENT,
    ).exclude(record__payment_state=PaymentState.CLOSED)
    kept = F("units") - F("reduced_units") - F("refunded_units")
    # The component shares of a line all tell its units.
    rows = shares.values_list("line__product_id", "record__placed_at", "line_id").annotate(kept=Max(kept))
    units: dict[int, int] = defaultdict(int)
    for product_id, placed_at, _line_id, count in rows.order_by("line_id"):
        if placed_at > since[product_id]:
            units[product_id] += count
    return dict(units)


def limit_text(limit: Limit) -> str:
    """Return a limit in words, for pages."""
    return _("At most %(units)d per person within %(days)d days") % {"units": limit.units, "days": limit.days}


def refusal(title: str, limit: Limit, had: int) -> str:
    """Return why a quantity is too much for one person, naming what is left."""
    left = max(limit.units - had, 0)
    if not had:
        message = _("“%(product)s”: one person can buy at most %(units)d within %(days)d days.")
    elif left:
        message = _(
            "“%(product)s”: one person can buy at most %(units)d within %(days)d days."
            " You have ordered %(had)d, so %(left)d more can be ordered."
        )
    else:
        message = _(
            "“%(product)s”: one person can buy at most %(units)d within %(days)d days."
            " You have ordered %(had)d already."
        )
    return message % {"product": title, "units": limit.units, "days": limit.days, "had": had, "left": left}


def hold_to_limits(
    *, person: Person, wanted: Iterable[tuple[int, str, int]], limits: Mapping[int, Limit]
) -> None:
    """Refuse an order that takes the person over a limit; `wanted` are (product, title, units) of its lines.

    Call it in the transaction that places the order: the person's rows stay locked until it ends, so that two
    orders at the same moment count each other. Raises CannotPlace (code limit).
    """
    for key in person.keys:
        BuyerLock.objects.get_or_create(key=key)
    list(lock(BuyerLock.objects.filter(key__in=person.keys)))
    had = bought(person, limits)
    sums: dict[int, int] = defaultdict(int)
    for product_id, title, units in wanted:
        sums[product_id] += units
        limit = limits.get(product_id)
        if limit is not None and sums[product_id] + had.get(product_id, 0) > limit.units:
            raise CannotPlace(refusal(title, limit, had.get(product_id, 0)), code="limit", field="basket")


def _e164(typed: str) -> str:
    """Return a phone number as accounts keep it; one that is none of a mobile stays as typed."""
    if not typed:
        return ""
    try:
        return normalise_phone(typed)
    except ShopError:
        return "".join(filter(str.isdigit, typed))
