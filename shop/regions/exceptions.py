from shop.core.exceptions import ShopError


class RegionError(ShopError):
    """A region, pairing or target that cannot be kept as asked."""
