from shop.core.exceptions import ShopError


class ReviewRefused(ShopError):
    """A review, reply or decision that cannot be; nothing was written."""


class WishRefused(ShopError):
    """A product that cannot be kept on a wish list; nothing was written."""
