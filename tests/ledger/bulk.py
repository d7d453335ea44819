"""Many entries at once, for counting queries."""

import uuid

from shop.ledger.models import LedgerEntry
from tests.ledger.story import DIMS, at


def paid_orders(count: int, *, start: int = 0, order: str = "") -> None:
    """Write one paid line for each of so many orders, or of lines of one `order`, over 3 suppliers and 2 regions."""
    moment = at("2026-10-01")
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            event_id=uuid.uuid4(),
            source_key=f"share:{order}{number}",
            kind="goods",
            stage="unshipped",
            payment_key=f"pay-{order}{number}",
            leg="apply",
            fen=100 + number,
            units=1,
            occurred_at=moment,
            booked_on=moment.date(),
            order_number=order or f"YS{number:06d}",
            line_number=number + 1 if order else 1,
            grade="B",
            eligibility="eligible",
            **DIMS
            | {
                "region": ("wangcang", "longquan")[number % 2],
                "programme": ("east-west", "mountain-sea")[number % 2],
                "supplier": f"S-{number % 3}",
            },
        )
        for number in range(start, start + count)
    )
