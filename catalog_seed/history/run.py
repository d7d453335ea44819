"""Begin a demonstration history, or go on with the one that has begun.

The journal says with what it has begun, so that a run that was killed is finished by the next one, also on another
day; every step looks at what is there, and what is before the last released month is not looked at again.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from catalog_seed import demo_orders
from catalog_seed.history import months
from catalog_seed.history.exceptions import HistoryRefused
from catalog_seed.history.plan import MONTHS, ORDERS, SEED, Goods, History, plan_of
from catalog_seed.history.purchases import steps_of_purchase
from catalog_seed.history.sales import steps_of_sale
from catalog_seed.history.stock import steps_of_stock
from catalog_seed.history.world import ON_TERMS, Step, World, world_of
from shop.accounts.demo import make_demo_users
from shop.core import clock
from shop.gateways.models import Payment
from shop.journal.models import JournalEntry
from shop.journal.services import record
from shop.ledger.closing import next_month
from shop.ledger.closing_models import ClosingState, MonthClosing
from shop.ledger.models import LedgerEntry
from shop.ledger.periods import month_end
from shop.ledger.rollups.services import fold_entries
from shop.ordering.models import OrderRecord
from shop.outbox.models import DeliveryState, OutboxMessage
from shop.outbox.relay import drain, recall_far_off
from shop.settlement.models import SupplierAccount
from worker.routes import ROUTES

ACTION = "demo_history.begun"


def begin_or_resume(
    *, seed: int | None = None, months_wanted: int | None = None, orders: int | None = None
) -> World:
    """Return the world of the history that has begun, or begin one. What is None is as it has begun, or usual.

    Raises HistoryRefused: not_demo, real (there are real orders), other (one of another seed or size has begun),
    closed (months are closed, or being closed, in the way), goods (nothing was on sale then). Nothing is written then.
    """
    if not settings.SHOP_DEMO:
        raise HistoryRefused(
            _("SHOP_DEMO is off: a demonstration history is never made in a real shop."), code="not_demo"
        )
    _refuse_real()
    known = JournalEntry.objects.filter(action=ACTION).order_by("pk").first()
    history = _begun(known.after) if known else _new(seed or SEED, months_wanted or MONTHS, orders or ORDERS)
    asked = {"seed": seed, "months": months_wanted, "orders": orders}
    if any(value not in (None, getattr(history, name)) for name, value in asked.items()):
        raise HistoryRefused(
            _(
                "A history with SEED=%(seed)d MONTHS=%(months)d ORDERS=%(orders)d has begun here. Go on with these, or "
                "start over with new data."
            )
            % {"seed": history.seed, "months": history.months, "orders": history.orders},
            code="other",
        )
    if known is None:
        _refuse_closed(history)
    if not Goods(history.first).by_region:
        raise HistoryRefused(
            _(
                "None of the goods counted as consumption support on %(day)s yet: their suppliers were admitted, or "
                "their origins verified, later. Choose fewer MONTHS, or start over with new data."
            )
            % {"day": history.first},
            code="goods",
        )
    make_demo_users()
    settles = known.after["settles"] if known else _note(history)
    return world_of(history, settles=settles)


def _new(seed: int, count: int, orders: int) -> History:
    """Return a history that ends now: the last month is the last whose release would be over."""
    until = clock.now().replace(microsecond=0)
    last = clock.local_date(until).replace(day=1)
    while months.released_at(last) > until:
        last = (last - dt.timedelta(days=1)).replace(day=1)
    first = last
    for _month in range(count - 1):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return History(seed, first, count, orders, until)


def _begun(after: dict[str, Any]) -> History:
    return History(
        after["number"],
        dt.date.fromisoformat(after["first"]),
        after["months"],
        after["orders"],
        dt.datetime.fromisoformat(after["until"]),
    )


def _refuse_real() -> None:
    real = OrderRecord.objects.filter(demo=False).count()
    if real or LedgerEntry.objects.filter(demo=False).exists() or Payment.objects.filter(demo=False).exists():
        raise HistoryRefused(
            _("This shop holds %(count)d real orders or their money; a demonstration never mixes with them.")
            % {"count": real},
            code="real",
        )


def _refuse_closed(history: History) -> None:
    on_the_way = Q(state__in=(ClosingState.PREPARED, ClosingState.REVIEWED))
    closed = MonthClosing.objects.filter(
        on_the_way | Q(state=ClosingState.RELEASED, month__gte=history.first)
    )
    found = [f"{month:%Y-%m}" for month in closed.order_by("month").values_list("month", flat=True)]
    if found:
        raise HistoryRefused(
            _(
                "These months are closed, or being closed, by hand: %(months)s. The history would begin in %(first)s."
            )
            % {"months": "、".join(found), "first": f"{history.first:%Y-%m}"},
            code="closed",
        )


def _note(history: History) -> bool:
    """Write down with what the history begins; return whether it settles with the suppliers, too."""
    drawn = SupplierAccount.objects.filter(demo=True, drawn_through__gte=history.first)
    settles = not drawn.exists()
    record(
        actor_id=None,
        action=ACTION,
        object_type="demo_history",
        object_key=f"{history.first:%Y-%m}",
        after={
            "number": history.seed,
            "first": f"{history.first}",
            "months": history.months,
            "orders": history.orders,
            "until": history.until.isoformat(),
            "settles": settles,
        },
    )
    return settles


def steps_of(world: World) -> list[Step]:
    """Return everything that happens, in order of time, up to the history's last moment."""
    history = world.history
    goods = Goods(history.first)
    plans = [plan_of(history, month, goods, ON_TERMS) for month in history.all_months]
    steps = steps_of_stock(plans)
    for month in plans:
        for sale in month.sales:
            steps += steps_of_sale(world, sale)
        for purchase in month.purchases:
            steps += steps_of_purchase(world, purchase)
    for first_day in _to_close(history):
        steps += months.steps_of_month(world, first_day)
    return sorted((step for step in steps if step.at <= history.until), key=lambda step: step.at)


def _to_close(history: History) -> list[dt.date]:
    """Return the months to close: also open ones before the history, of orders that were there."""
    following = next_month()
    month = min(history.first, following) if following else history.first
    found = []
    while month <= history.closed[-1]:
        found.append(month)
        month = month_end(month)
    return found


def make_history(world: World, steps: list[Step]) -> Iterator[Step]:
    """Take every step at its moment; yields each when it is done. Safe to begin again, wherever it ended."""
    finish_what_was_begun()
    released = months.released_through(world.history.closed)
    for step in steps:
        if released is None or step.at > months.released_at(released):
            with clock.set_to(step.at):
                if step.act():
                    demo_orders.do_workers_part()
        yield step
    fold_entries()


def finish_what_was_begun() -> None:
    """Let the worker's part happen that a killed run has left, at the moment at which it stood."""
    pending = Q(routed_at=None) | Q(deliveries__state=DeliveryState.PENDING)
    waiting = OutboxMessage.objects.filter(pending).order_by("-occurred_at")
    left = waiting.values_list("occurred_at", flat=True).first()
    if left is None:
        return
    # What the killed one had claimed is due after its lease only: from far back, that is far off.
    with clock.set_to(left - dt.timedelta(days=1)):
        recall_far_off()
    with clock.set_to(left):
        while drain(ROUTES):
            pass
