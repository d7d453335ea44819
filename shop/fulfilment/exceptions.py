"""Refusals of fulfilment."""

from shop.core.exceptions import ShopError


class ShippingError(ShopError):
    """A parcel cannot be shipped like this."""


class ReceiptError(ShopError):
    """A receipt cannot be confirmed like this."""


class ReturnRefused(ShopError):
    """After-sales cannot go on like this; `code` and `field` name why."""
