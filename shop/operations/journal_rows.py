"""Journal entries in words: who, what, and each value before and after."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from shop.accounts.selectors import names_of
from shop.journal.models import JournalEntry
from shop.journal.selectors import actors_of

#: Acts that a reader should not have to guess; any other is shown by its own name.
ACTION_NAMES = {
    "accounts.save_user": pgettext_lazy("journal", "Person written down or changed"),
    "accounts.grant_role": pgettext_lazy("journal", "Role given"),
    "accounts.revoke_role": pgettext_lazy("journal", "Role taken away"),
    "accounts.closed": pgettext_lazy("journal", "Account closed"),
    "accounts.reopened": pgettext_lazy("journal", "Account opened again"),
    "accounts.password_set": pgettext_lazy("journal", "Password set"),
    "accounts.phone_set": pgettext_lazy("journal", "Mobile number changed"),
    "accounts.second_factor_set_up": pgettext_lazy("journal", "Second factor set up"),
    "accounts.second_factor_removed": pgettext_lazy("journal", "Second factor removed"),
    "accounts.second_factor_reset": pgettext_lazy("journal", "Second factor reset"),
    "accounts.recovery_code_used": pgettext_lazy("journal", "Recovery code used"),
    "accounts.recovery_codes_made": pgettext_lazy("journal", "New recovery codes"),
    "organisation.registered": pgettext_lazy("journal", "Organisation registered"),
    "organisation.verified": pgettext_lazy("journal", "Organisation verified"),
    "organisation.suspended": pgettext_lazy("journal", "Organisation suspended"),
    "organisation.member_added": pgettext_lazy("journal", "Member added"),
    "organisation.member_removed": pgettext_lazy("journal", "Member removed"),
    "terms.proposed": pgettext_lazy("journal", "Terms proposed"),
    "terms.approved": pgettext_lazy("journal", "Terms approved"),
    "terms.ended": pgettext_lazy("journal", "Terms ended"),
    "document.uploaded_for_supplier": pgettext_lazy("journal", "Paper uploaded for a supplier"),
    "listing.picture_removed": pgettext_lazy("journal", "Picture taken off the shop"),
    "product_draft.restored": pgettext_lazy("journal", "Earlier version of a product restored"),
    "application.forgotten": pgettext_lazy("journal", "Contact and bank account deleted"),
    "order.goods_left": pgettext_lazy("journal", "Goods of a suspended supplier left in an order"),
    "export.refused": pgettext_lazy("journal", "Export refused"),
    "export.downloaded": pgettext_lazy("journal", "File downloaded"),
}


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
        action_name=str(ACTION_NAMES.get(entry.action, entry.action)),
        object_type=entry.object_type,
        object_key=entry.object_key,
        changes=tuple(_changes(entry.before, entry.after)),
        reason=entry.reason,
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
