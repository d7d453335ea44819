"""Journal entries in words: who, what, and each value before and after."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from shop.accounts.selectors import names_of
from shop.journal.models import JournalEntry
from shop.journal.selectors import actors_of
from shop.operations.journal_words import action_name, object_name, reason_text


@dataclass(frozen=True)
class Change:
    """One value of an entry: its name, what it was and what it became; "" where there was none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class JournalRow:
    """One entry in words."""

    pk: int
    at: dt.datetime
    who: str
    action: str
    action_name: str
    object_type: str
    object_name: str
    object_key: str
    changes: tuple[Change, ...]
    reason: str


def journal_rows(entries: Sequence[JournalEntry]) -> list[JournalRow]:
    """Return the entries in words. One query for the names."""
    names = names_of(actors_of(entries))
    return [_row(entry, names) for entry in entries]


def _row(entry: JournalEntry, names: dict[int, str]) -> JournalRow:
    who = _("The shop itself") if entry.actor_id is None else names.get(entry.actor_id, f"#{entry.actor_id}")
    return JournalRow(
        pk=entry.pk,
        at=entry.at,
        who=who,
        action=entry.action,
        action_name=action_name(entry.action, entry.object_type),
        object_type=entry.object_type,
        object_name=object_name(entry.object_type),
        object_key=entry.object_key,
        changes=tuple(_changes(entry.before, entry.after)),
        reason=reason_text(entry.action, entry.reason),
    )


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    changes = [
        Change(name, _text(before.get(name, "")), _text(after.get(name, "")))
        # By name: PostgreSQL does not keep the order in which they were written.
        for name in sorted({*before, *after})
    ]
    return [change for change in changes if change.before or change.after]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
