"""What settlement refuses."""

from shop.core.exceptions import ShopError


class SettlementError(Exception):
    """An event that would break a rule: nothing was written, the delivery waits and goes dead loudly."""


class SettlementRefused(ShopError):
    """Something that a person asked for and that cannot be done; nothing was written."""
