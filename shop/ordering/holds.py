"""How long an unpaid order holds its stock."""

import datetime as dt

from django.utils.translation import gettext as _

from shop.core import clock
from shop.listings.selectors import Shelf
from shop.ordering.exceptions import CannotPlace
from shop.ordering.status import PayMethod, Pool
from shop.ordering.stock_models import HoldRule

SATURDAY = 5


def hold_until(
    method: PayMethod,
    placed_at: dt.datetime,
    pool: Pool | str = Pool.RETAIL,
    shelf: Shelf | None = None,
) -> dt.datetime | None:
    """Return when the hold of an order placed then ends, by the dated rule of its method and pool.

    None on terms: nothing is to be paid before the acceptance. A pool without a rule of its own has retail's.

    Minutes count from placing. Working days count from the next one and end at midnight in Shanghai;
    weekends are skipped, public holidays are not known yet. Raises CannotPlace without a rule, since
    stock would be held for ever. Rules are remembered with the shelf, where one is given: a change of them marks it.
    """
    day = clock.local_date(placed_at)
    if method == PayMethod.TERMS:
        return None
    rule = (
        shelf.remember(("hold", method, pool, day), lambda: _rule(method, day, pool))
        if shelf
        else _rule(method, day, pool)
    )
    if rule is None:
        raise CannotPlace(
            _("This way of paying is not set up yet. Please choose another one."),
            code="no_hold_rule",
            field="method",
        )
    if not rule.working_days:
        return placed_at + dt.timedelta(minutes=rule.minutes)
    last = working_day_after(day, rule.working_days)
    midnight = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=clock.SHANGHAI)
    return midnight.astimezone(dt.UTC) + dt.timedelta(minutes=rule.minutes)


def _rule(method: PayMethod, day: dt.date, pool: Pool | str) -> HoldRule | None:
    rules = HoldRule.objects.filter(method=method, starts_on__lte=day).order_by("-starts_on")
    return rules.filter(pool=pool).first() or rules.filter(pool=Pool.RETAIL).first()


def working_day_after(day: dt.date, count: int) -> dt.date:
    """Return the day that is so many working days after a day; weekends are skipped, holidays not known yet."""
    while count:
        day += dt.timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    return day
