"""What the ledger refuses; the delivery then waits and goes dead loudly instead of posting something wrong."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError
from shop.outbox.events import NotYetError


class LedgerError(Exception):
    """An event that cannot be posted without breaking a counting rule. Nothing was written."""


class CaptureMissing(LedgerError, NotYetError):
    """Money is applied whose capture is not posted yet: the delivery tries again later."""


class ClosingError(ShopError):
    """A step of closing a month that is not possible. Nothing was written."""


class MonthNotReady(ClosingError):
    """A month that cannot be closed yet; `obstacles` are all the reasons, each a whole sentence."""

    def __init__(self, obstacles: Sequence[str]) -> None:
        self.obstacles = list(obstacles)
        text = _("This month cannot be closed yet: %(reasons)s") % {"reasons": " ".join(self.obstacles)}
        super().__init__(text, code="not_ready")
