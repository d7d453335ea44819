from shop.core.exceptions import ShopError


class WishRefused(ShopError):
    """A product that cannot be kept on a wish list; nothing was written."""
