"""What the ledger refuses; the delivery then waits and goes dead loudly instead of posting something wrong."""

from shop.outbox.events import NotYetError


class LedgerError(Exception):
    """An event that cannot be posted without breaking a counting rule. Nothing was written."""


class CaptureMissing(LedgerError, NotYetError):
    """Money is applied whose capture is not posted yet: the delivery tries again later."""
