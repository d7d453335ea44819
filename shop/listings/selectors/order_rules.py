"""In which quantities a product may be ordered."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Q

from shop.listings.order_rule_models import OrderRule
from shop.listings.selectors.shelf import Shelf


class Step(NamedTuple):
    """From `least` units on by `step`; a case holds `case`, None where that is not said."""

    least: int
    step: int
    case: int | None
    for_residents: bool = False

    def allows(self, units: int) -> bool:
        """Say whether so many may be ordered."""
        return units >= self.least and units % self.step == 0

    def next_from(self, units: int) -> int:
        """Return the smallest quantity that may be ordered and is no smaller than this."""
        return max(self.least, -(-units // self.step) * self.step)

    def most_within(self, units: int) -> int:
        """Return the largest quantity that may be ordered and is no larger than this, 0 where there is none."""
        most = units // self.step * self.step
        return most if most >= self.least else 0


#: Of goods without a rule.
ANY_QUANTITY = Step(1, 1, None)


def steps_on(shelf: Shelf, on: dt.date) -> Mapping[int, Step]:
    """Return the rules that hold on that day by product; remembered with the shelf, so mostly no query."""
    return shelf.remember(("order rules", on), lambda: _read(on))


def order_rules_of(product_id: int, on: dt.date) -> list[OrderRule]:
    """Return the rule of a product that holds on that day and those to come, the first to hold first. One query."""
    rows = OrderRule.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), product=product_id)
    found = list(rows.order_by("starts_on", "pk"))
    begun = [rule for rule in found if rule.starts_on <= on]
    return [*begun[-1:], *(rule for rule in found if rule.starts_on > on)]


def _read(on: dt.date) -> dict[int, Step]:
    rows = OrderRule.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)
    columns = ("product_id", "min_units", "step_units", "case_units", "for_residents")
    found = rows.order_by("starts_on", "pk").values_list(*columns)
    return {pk: Step(least, step, case, residents) for pk, least, step, case, residents in found}
