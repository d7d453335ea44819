"""What the tests of notices start from."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from shop.notifications.channels.base import ChannelError
from shop.notifications.models import BuyerNotice, SupplierNotice


@dataclass
class Channel:
    """Takes messages and remembers them; refuses while `down`."""

    down: Exception | None = None
    sent: list[str] = field(default_factory=list)
    in_transaction: list[bool] = field(default_factory=list)

    def send(self, *, key: str, address: str, subject: str, body: str) -> None:
        self.in_transaction.append(connection.in_atomic_block)
        if self.down is not None:
            raise self.down
        self.sent.append(key)


REFUSED = ChannelError("mailbox full")


def notices() -> list[tuple[Any, ...]]:
    """Return (kind, channel, address, state) of every notice, suppliers' first."""
    rows: list[tuple[Any, ...]] = []
    for model in (SupplierNotice, BuyerNotice):
        rows += model.objects.order_by("pk").values_list("kind", "channel", "address", "state")
    return rows
