"""What conversations refuse."""

from shop.core.exceptions import ShopError


class TalkRefused(ShopError):
    """A message cannot be written like this, or not now; `code` and `field` name why."""
