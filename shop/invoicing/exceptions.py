"""What invoicing refuses, each with a message for the person who asked."""

from shop.core.exceptions import ShopError


class InvoicingError(ShopError):
    """The request or the invoice cannot be written like this; `code` and `field` name why. Nothing was written."""
