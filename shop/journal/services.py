"""Write the journal."""

from collections.abc import Iterable, Mapping
from typing import Any

from shop.core import clock
from shop.journal.models import JournalEntry

#: An entry can never be changed, so what opens something does not get into one, whoever calls.
_SECRETS = frozenset({"password", "secret", "token", "otp", "seed", "pin", "api_key", "webhook_url"})
_SECRET_ENDINGS = ("_password", "_secret", "_token", "_api_key")
HIDDEN = "•••"


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
    """Append one entry; call it inside the transaction of the change it tells of.

    A value that is named like a secret is replaced: the entry tells that it changed, not what it is.
    """
    return JournalEntry.objects.create(
        at=clock.now(),
        actor_id=actor_id,
        action=action,
        object_type=object_type,
        object_key=object_key,
        before=_without_secrets(before or {}),
        after=_without_secrets(after or {}),
        reason=reason,
    )


def record_all(entries: Iterable[JournalEntry]) -> None:
    """Append many entries at one moment; call it inside the transaction of the changes they tell of."""
    now = clock.now()
    rows = list(entries)
    for row in rows:
        row.at = now
        row.before, row.after = _without_secrets(row.before), _without_secrets(row.after)
    JournalEntry.objects.bulk_create(rows, batch_size=200)


def _without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(str(name).lower(), value) for name, value in values.items()}


def _shown(name: str, value: Any) -> Any:
    if value and (name in _SECRETS or name.endswith(_SECRET_ENDINGS)):
        return HIDDEN
    return _without_secrets(value) if isinstance(value, Mapping) else value
