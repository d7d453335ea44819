"""Many signs of abuse, written behind the worker: for counting queries."""

from typing import Any

from shop.buyers.models import Organisation
from shop.core import clock
from shop.operations.abuse_models import AbuseFinding
from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier

#: Of the finding whose evidence grows.
LONG = "long"


def signs_of_abuse(span: range, record: OrderRecord, unit: Organisation, supplier: Supplier) -> None:
    """Find so many things that wait for a person, and let one of them have as much evidence."""
    now = clock.now()
    about: dict[str, Any] = {"organisation": unit, "supplier": supplier, "record": record, "fen": 100}
    AbuseFinding.objects.bulk_create(
        AbuseFinding(
            kind="shared",
            key=f"grown-{number}",
            reference=f"YS-{number}",
            detail={"sign": "phone"},
            happened_at=now,
            found_at=now,
            **about,
        )
        for number in span
    )
    rows = [{"number": f"YS-{number}", "on": "2026-11-01", "fen": 100} for number in range(span.stop)]
    AbuseFinding.objects.update_or_create(
        kind="cap",
        key=LONG,
        defaults=about
        | {
            "reference": "YS-LONG",
            "detail": {
                "rule": "细则",
                "most_fen": 1,
                "amount_fen": 2,
                "people": 1,
                "orders": rows,
                "count": len(rows),
            },
            "happened_at": now,
            "found_at": now,
            "state": "closed",
            "verdict": "fine",
            "reason": "好",
            "judged_by": 1,
            "judged_at": now,
            "seen_by": 2,
            "seen_at": now,
        },
    )
