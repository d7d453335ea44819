"""What the tests of notices start from."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from shop.core import clock
from shop.notifications.channels.base import ChannelError, Message
from shop.notifications.models import BuyerNotice, SupplierChannel, SupplierNotice
from shop.suppliers.models import Supplier


@dataclass
class Channel:
    """Takes messages and remembers them; refuses while `down`."""

    down: Exception | None = None
    sent: list[str] = field(default_factory=list)
    in_transaction: list[bool] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.in_transaction.append(connection.in_atomic_block)
        if self.down is not None:
            raise self.down
        self.sent.append(message.key)


REFUSED = ChannelError("mailbox full")


def notices() -> list[tuple[Any, ...]]:
    """Return (kind, channel, address, state) of every notice, suppliers' first."""
    rows: list[tuple[Any, ...]] = []
    for model in (SupplierNotice, BuyerNotice):
        rows += model.objects.order_by("pk").values_list("kind", "channel", "address", "state")
    return rows


def make_channel(supplier: Supplier, kind: str, at: str, *, active: bool = True) -> SupplierChannel:
    """Give a supplier one more way to be reached: `at` is an address, or a bot's key."""
    return SupplierChannel.objects.create(
        supplier=supplier,
        channel=kind,
        address="" if kind == "wecom" else at,
        secret=at if kind == "wecom" else "",
        position=SupplierChannel.objects.filter(supplier=supplier).count() + 1,
        is_active=active,
        created_at=clock.now(),
    )
