"""What cannot be certified."""

from shop.core.exceptions import ShopError


class CertificateError(ShopError):
    """Nothing was certified; the message says why."""
