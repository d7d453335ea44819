"""What procurement refuses, each with a message for the person who asked."""

from shop.core.exceptions import ShopError


class ProcurementError(ShopError):
    """The request, file or report cannot go on like this; `code` and `field` name why."""
