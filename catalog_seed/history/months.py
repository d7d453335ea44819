"""What the staff do when a month is over: bank, bills, evidence, settlement, and the three who close it."""

import datetime as dt
from collections.abc import Callable, Sequence

from catalog_seed import demo_bank, demo_settlement
from catalog_seed.history.world import Step, World
from shop.core import clock
from shop.gateways import services as gateways
from shop.gateways.models import BillImport
from shop.gateways.providers.demo import DemoProvider
from shop.ledger import closing
from shop.ledger.closing_models import ClosingState, MonthClosing
from shop.ledger.evidence import find_lines
from shop.ledger.periods import month_end
from shop.ledger.rollups.services import fold_entries
from shop.notifications.sending import send_due_notices
from shop.settlement.models import PayoutList
from shop.settlement.paying_models import ListState

#: Days after a month's end and the hour: the last one, when it is released.
RELEASED = (9, 10)


def _moment(month: dt.date, days: int, hour: int) -> dt.datetime:
    day = month_end(month) + dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(hour), tzinfo=clock.SHANGHAI)


def released_at(month: dt.date) -> dt.datetime:
    """Return when a month of the history is released."""
    return _moment(month, *RELEASED)


def steps_of_month(world: World, month: dt.date) -> list[Step]:
    """Return what is done after a month, in order; the last step closes it."""

    def step(days: int, hour: int, act: Callable[[World, dt.date], bool]) -> Step:
        return Step(_moment(month, days, hour), lambda: act(world, month))

    settling = [step(4, 10, _settle), step(6, 10, _pay_suppliers)] if world.settles else []
    return [
        step(2, 8, _send_notices),
        step(2, 9, _bring_bank),
        step(2, 10, _read_bill),
        step(2, 11, _find_evidence),
        *settling,
        step(7, 10, _prepare),
        step(8, 10, _review),
        step(*RELEASED, _release),
    ]


def _send_notices(world: World, month: dt.date) -> bool:
    sent = 0
    while more := send_due_notices(limit=500):
        sent += more
    fold_entries()
    return sent > 0


def _bring_bank(world: World, month: dt.date) -> bool:
    return demo_bank.make_demo_bank(world.cast) > 0


def _read_bill(world: World, month: dt.date) -> bool:
    since = dt.datetime.combine(month, dt.time(), tzinfo=clock.SHANGHAI)
    read = BillImport.objects.filter(provider=DemoProvider.name, since=since).exclude(finished_at=None)
    if read.exists():
        return False
    return gateways.import_bill(provider=DemoProvider(), since=since).new_lines > 0


def _find_evidence(world: World, month: dt.date) -> bool:
    found = 0
    while more := find_lines():
        found += more
    return found > 0


def _settle(world: World, month: dt.date) -> bool:
    demo_settlement.enter_accounts(world.cast)
    # The last list waits for its second person, so that its page shows what there is to do.
    approved = month != world.history.closed[-1]
    through = month_end(month) - dt.timedelta(days=1)
    return demo_settlement.settle_period(through, world.cast, approved=approved) > 0


def _pay_suppliers(world: World, month: dt.date) -> bool:
    through = month_end(month) - dt.timedelta(days=1)
    lists = PayoutList.objects.filter(demo=True, through=through, state=ListState.APPROVED)
    for payout_list in list(lists):
        demo_settlement.pay_list(payout_list, world.cast)
    return False


def _state(month: dt.date) -> str:
    """Return how far the closing of a month is; "" when nobody has prepared it."""
    rows = MonthClosing.objects.filter(month=month).exclude(state=ClosingState.WITHDRAWN)
    return rows.values_list("state", flat=True).first() or ""


def _prepare(world: World, month: dt.date) -> bool:
    if _state(month):
        return False
    closing.prepare_month(month=month, actor_id=world.closers[0].pk)
    return True


def _review(world: World, month: dt.date) -> bool:
    if _state(month) != ClosingState.PREPARED:
        return False
    closing.review_month(month=month, actor_id=world.closers[1].pk)
    return True


def _release(world: World, month: dt.date) -> bool:
    if _state(month) != ClosingState.REVIEWED:
        return False
    closing.release_month(month=month, actor_id=world.closers[2].pk)
    return True


def released_through(months: Sequence[dt.date]) -> dt.date | None:
    """Return the last of these months that is released, None when none is."""
    rows = MonthClosing.objects.filter(month__in=list(months), state=ClosingState.RELEASED)
    return rows.order_by("-month").values_list("month", flat=True).first()
