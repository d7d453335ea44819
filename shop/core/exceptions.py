"""The root of every error that a person may see."""

from django.utils.functional import Promise


class ShopError(Exception):
    """A refusal with a message for the person who asked, in their language.

    `code` names the reason for programs and tests; `field` the input it is about, or "".
    """

    def __init__(self, message: str | Promise, *, code: str = "refused", field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field

    def __str__(self) -> str:
        return str(self.message)
