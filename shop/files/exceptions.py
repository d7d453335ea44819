"""Why an uploaded file is not taken."""

from django.utils.functional import Promise

from shop.core.exceptions import ShopError


class FileRefused(ShopError):
    """A file that is too large, of another kind than it must be, unreadable, or over the quota; nothing is stored."""

    def __init__(self, message: str | Promise, *, code: str) -> None:
        super().__init__(message, code=code, field="file")
