from shop.core.exceptions import ShopError


class BuyersError(ShopError):
    """An organisation, membership or terms that cannot be kept as asked; `code` and `field` name why."""
