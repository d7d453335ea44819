"""The terms in force on a day."""

import datetime as dt

from shop.fulfilment.models import FulfilmentRule


def rule_on(day: dt.date) -> FulfilmentRule:
    """Return the shipping and receipt terms in force; raises FulfilmentRule.DoesNotExist before the first."""
    return FulfilmentRule.objects.filter(starts_on__lte=day).latest("starts_on")
