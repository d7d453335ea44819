"""Why a history is not made."""

from shop.core.exceptions import ShopError


class HistoryRefused(ShopError):
    """The demonstration history cannot be made here, or not go on; the sentence says why."""
