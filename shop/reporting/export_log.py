"""Who took what: the entries of the journal about files that left the shop, in words."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core.clock import SHANGHAI
from shop.journal.models import JournalEntry
from shop.journal.selectors import JournalPage, Search, actors_of, journal_page
from shop.reporting.tables import Cell, Table

LOG_READERS = (Role.STAFF, Role.AUDITOR)
#: What is told of files, by act.
ACTS: Mapping[str, Promise] = {
    "export.asked": pgettext_lazy("export", "Asked for"),
    "export.made": pgettext_lazy("export", "Made"),
    "export.downloaded": pgettext_lazy("export", "Taken"),
    "export.refused": pgettext_lazy("export", "Refused"),
    "export.failed": pgettext_lazy("export", "Not made"),
    "export.expired": pgettext_lazy("export", "Deleted"),
    "report.printed": gettext_lazy("Monthly report taken"),
    "statement.exported": gettext_lazy("Monthly statement taken"),
}


def log_page(after: str) -> JournalPage:
    """Return the entries behind the one of that number, the latest first; nonsense begins at the latest. One query."""
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    return journal_page(Search(actions=frozenset(ACTS)), number)


def log_table(entries: Sequence[JournalEntry]) -> Table:
    """Return entries as a table. One query for the names."""
    names = names_of(actors_of(entries))
    columns = [
        (_("Time"), False),
        (_("Who"), False),
        (pgettext("export", "What happened"), False),
        (pgettext("export", "File"), False),
        (_("Filters"), False),
        (_("Rows"), True),
        (_("SHA-256"), False),
    ]
    return Table("export-log", _("Who took what"), columns, [_row(entry, names) for entry in entries])


def _row(entry: JournalEntry, names: Mapping[int, str]) -> list[Cell]:
    after = entry.after
    who = _("The shop itself") if entry.actor_id is None else names.get(entry.actor_id, f"#{entry.actor_id}")
    refused = entry.action in ("export.refused", "export.failed")
    rows = after.get("rows")
    return [
        Cell(f"{entry.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"),
        Cell(who),
        Cell(str(ACTS[entry.action]), tone="err" if refused else ""),
        Cell(f"{entry.object_key} {after.get('kind', '')}".strip()),
        Cell(_filters(after) or entry.reason),
        Cell(number=rows, is_number=True) if isinstance(rows, int) else Cell(is_number=True),
        Cell(str(after.get("sha256") or after.get("digest") or "")[:12]),
    ]


def _filters(after: Mapping[str, object]) -> str:
    period = " – ".join(str(after[name]) for name in ("start", "end") if name in after)
    return " · ".join(text for text in (period, str(after.get("narrowed", ""))) if text)
