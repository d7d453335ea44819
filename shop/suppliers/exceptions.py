from shop.core.exceptions import ShopError


class SupplierError(ShopError):
    """A supplier that cannot be kept, admitted or suspended as asked."""
