"""By which channel a supplier is told: its own list in order of preference, its contact address as the last."""

from collections.abc import Collection
from dataclasses import dataclass

from shop.notifications.channels.registry import is_live
from shop.notifications.models import ChannelKind, SupplierChannel, SupplierNotice
from shop.suppliers.models import Supplier


@dataclass(frozen=True)
class Route:
    """A channel and what a notice may say of its address; `via` is None for the supplier's contact address."""

    channel: str
    address: str
    via: SupplierChannel | None = None

    @property
    def mark(self) -> tuple[str, int | None]:
        """Return what tells two routes of a supplier apart."""
        return self.channel, self.via.pk if self.via else None


def routes(supplier: Supplier) -> list[Route]:
    """Return the ways to a supplier, the preferred first. One query.

    A channel that is not set up in this shop is left out when another one is: nobody reads its messages.
    """
    rows = SupplierChannel.objects.filter(supplier=supplier, is_active=True).order_by("position")
    found = [Route(row.channel, row.shown, row) for row in rows]
    own = {(route.channel, route.address) for route in found}
    if supplier.contact_email and (ChannelKind.EMAIL.value, supplier.contact_email) not in own:
        found.append(Route(ChannelKind.EMAIL.value, supplier.contact_email))
    return [route for route in found if is_live(route.channel)] or found


def first_route(supplier: Supplier) -> Route:
    """Return the preferred way; one that leads nowhere when the supplier has none, so that staff see the notice."""
    return next(iter(routes(supplier)), Route(ChannelKind.EMAIL.value, ""))


def next_route(supplier: Supplier, used: Collection[tuple[str, int | None]]) -> Route | None:
    """Return the first way that was not used yet, None when all were."""
    return next((route for route in routes(supplier) if route.mark not in used), None)


def marks_of(notices: Collection[SupplierNotice]) -> set[tuple[str, int | None]]:
    """Return the ways that these notices went."""
    return {(notice.channel, notice.via_id) for notice in notices}
