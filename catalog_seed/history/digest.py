"""What a history has come to, in one number that is the same for every run of the same seed, size and first month.

Numbers of orders and payments, event ids and row ids are drawn at random or follow the order of the writing, so they
are left out; an order is known by the moment at which it was placed.
"""

import hashlib
from collections.abc import Iterable

from shop.ledger.checks.stream import Digest, stream_line
from shop.ledger.models import LedgerEntry
from shop.ledger.selectors import CANONICAL
from shop.ordering.models import OrderRecord

_DRAWN = frozenset({"event_id", "source_key", "payment_key", "order_number"})
FIELDS = ("order_number", *(name for name in CANONICAL if name not in _DRAWN))


def history_digest() -> Digest:
    """Return the digest over all demonstration entries: their business fields, sorted."""
    lines = sorted(_lines(dict(OrderRecord.objects.values_list("number", "placed_at"))))
    return Digest(len(lines), hashlib.sha256(b"".join(lines)).hexdigest())


def _lines(placed: dict[str, object]) -> Iterable[bytes]:
    entries = LedgerEntry.objects.filter(demo=True).values_list(*FIELDS)
    for number, *fields in entries.iterator(chunk_size=5_000):
        yield stream_line((placed.get(number), *fields))
