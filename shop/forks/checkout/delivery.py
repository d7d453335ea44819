"""Where an order goes: an address that the buyer keeps, or the one that is typed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from shop.accounts.phones import shown_phone
from shop.accounts.scope import own_scope
from shop.ordering.address_models import SavedAddress
from shop.ordering.addresses import COLUMNS, MOST_ADDRESSES, addresses
from shop.ordering.models import OrderRecord

#: What the radio button posts that stands for the typed address.
NEW = "new"


@dataclass(frozen=True)
class Delivery:
    """The addresses that the buyer keeps, and the chosen one of them; none stands for the typed address.

    `is_gone`: one was chosen that the buyer does not keep. `may_keep`: there is room for another.
    """

    saved: tuple[SavedAddress, ...] = ()
    chosen: SavedAddress | None = None
    is_gone: bool = False
    may_keep: bool = False

    def with_typed(self) -> "Delivery":
        """Return the same with the typed address chosen."""
        return replace(self, chosen=None, is_gone=False)

    def data(self, posted: QueryDict) -> QueryDict:
        """Return the posted form with the chosen address in the place of what is typed."""
        if self.chosen is None:
            return posted
        filled = posted.copy()
        for column in COLUMNS.values():
            filled[column] = getattr(self.chosen, column)
        return filled

    def province(self, typed: Mapping[str, str]) -> str:
        """Return the province that the goods go to; "" while none is known."""
        return self.chosen.province if self.chosen else typed.get("province", "").strip()

    def rows(self) -> list[dict[str, Any]]:
        """Return what the page offers to choose from."""
        return [
            {
                "address_id": address.pk,
                "name": address.recipient_name,
                "phone": address.phone,
                "text": f"{address.province}{address.city}{address.county}{address.street}",
                "is_default": address.is_default,
                "is_current": address == self.chosen,
            }
            for address in self.saved
        ]


def delivery_of(request: Any) -> Delivery:
    """Return where the order goes: the default address at first, then what the form says. One query, guests' none."""
    if not request.user.is_authenticated:
        return Delivery()
    saved = tuple(addresses(own_scope(request.user)))
    may_keep = len(saved) < MOST_ADDRESSES
    if request.method != "POST":
        return Delivery(saved, saved[0] if saved else None, may_keep=may_keep)
    wanted = request.POST.get("address_id", NEW)
    chosen = next((address for address in saved if str(address.pk) == wanted), None)
    return Delivery(saved, chosen, is_gone=chosen is None and wanted != NEW, may_keep=may_keep)


def typed_at_first(request: Any, delivery: Delivery) -> dict[str, str]:
    """Return what the fields begin with: a guest's last province, the address of a person's last order.

    Nothing where the person keeps addresses: the fields are then for another one. One query at most.
    """
    if not request.user.is_authenticated:
        return {"province": request.session.get("province", "")}
    if delivery.saved:
        return {}
    last = OrderRecord.objects.filter(buyer=request.user).order_by("-placed_at").first()
    if last is None:
        return {"phone": shown_phone(request.user.phone or "")}
    return {
        "recipient_name": last.recipient_name,
        "phone": shown_phone(last.recipient_phone),
        "province": last.province,
        "city": last.city,
        "county": last.county,
        "street": last.street,
    }
