"""Refusals of fulfilment."""

from shop.core.exceptions import ShopError


class ShippingError(ShopError):
    """A parcel cannot be shipped like this."""


class ReceiptError(ShopError):
    """A receipt cannot be confirmed like this."""
