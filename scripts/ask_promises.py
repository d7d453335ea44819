"""Ask a shop for everything it promises: prints a JSON object, the name of each promise → the sentences that break it.

Runs in the shop's own environment, after it has come to rest.
"""

import json
from collections.abc import Iterator

import django

django.setup()

from shop.accounts.scope import NOTHING, Scope  # noqa: E402
from shop.fulfilment import selectors as fulfilment  # noqa: E402
from shop.fulfilment.models import Parcel, SupplierOrder  # noqa: E402
from shop.ledger.replay import replay  # noqa: E402
from shop.ledger.verification import CHECKS as LEDGER  # noqa: E402
from shop.notifications import selectors as notifications  # noqa: E402
from shop.notifications.models import SupplierNotice  # noqa: E402
from shop.operations.invariants import CHECKS as OPERATIONS  # noqa: E402
from shop.ordering import selectors as ordering  # noqa: E402
from shop.reporting.verification import figures  # noqa: E402
from shop.suppliers.models import Supplier  # noqa: E402


def scopes() -> Iterator[str]:
    """I8: a supplier is shown every row of its own and none of anyone else's; nobody is shown anything."""
    for code in Supplier.objects.values_list("code", flat=True):
        scope = Scope(suppliers=frozenset({code}))
        for name, seen, own in (
            (
                "orders",
                fulfilment.supplier_orders(scope),
                SupplierOrder.objects.filter(supplier__code=code),
            ),
            (
                "parcels",
                fulfilment.parcels_on_their_way(scope),
                Parcel.objects.filter(supplier_order__supplier__code=code, state="shipped"),
            ),
            (
                "notices",
                # The staff's.
                notifications.supplier_notices(scope),
                SupplierNotice.objects.none(),
            ),
        ):
            if set(seen.values_list("pk", flat=True)) != set(own.values_list("pk", flat=True)):
                yield f"{code} is not shown exactly its own {name}"
    if ordering.orders(NOTHING).exists() or fulfilment.supplier_orders(NOTHING).exists():
        yield "nobody is shown orders"


def ledger() -> Iterator[str]:
    """Invariants 1 to 7 and 9 of the counting rules."""
    for check in LEDGER:
        yield from map(str, check())


def replayed() -> Iterator[str]:
    """Invariant 8 of the counting rules: the messages tell the ledger again, byte for byte."""
    again = replay()
    yield from again.differences
    if again.stored_digest != again.replayed_digest:
        yield "the replayed ledger differs"


PROMISES = (
    *OPERATIONS,
    ("chain and sums of the ledger", ledger),
    ("the ledger told again by its messages", replayed),
    ("report = drill-down = ledger (I7)", lambda: map(str, figures())),
    ("nothing is seen outside its scope (I8)", scopes),
)

if __name__ == "__main__":
    print(json.dumps({name: list(check()) for name, check in PROMISES}, ensure_ascii=False))
