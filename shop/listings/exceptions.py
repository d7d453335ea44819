from shop.core.exceptions import ShopError


class ListingError(ShopError):
    """A product, price or freight template that cannot be kept or published; `field` names what is wrong."""
