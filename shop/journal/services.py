"""Write the journal."""

from collections.abc import Iterable, Mapping
from typing import Any

from shop.core import clock
from shop.journal.models import JournalEntry


def record(
    *,
    actor_id: int | None,
    action: str,
    object_type: str,
    object_key: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> JournalEntry:
    """Append one entry; call it inside the transaction of the change it tells of."""
    return JournalEntry.objects.create(
        at=clock.now(),
        actor_id=actor_id,
        action=action,
        object_type=object_type,
        object_key=object_key,
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
    )


def record_all(entries: Iterable[JournalEntry]) -> None:
    """Append many entries at one moment; call it inside the transaction of the changes they tell of."""
    now = clock.now()
    rows = list(entries)
    for row in rows:
        row.at = now
    JournalEntry.objects.bulk_create(rows, batch_size=200)
