"""Write the journal."""

from collections.abc import Mapping
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


def _without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(str(name).lower(), value) for name, value in values.items()}


def _shown(name: str, value: Any) -> Any:
    if value and (name in _SECRETS or name.endswith(_SECRET_ENDINGS)):
        return HIDDEN
    return _without_secrets(value) if isinstance(value, Mapping) else value
