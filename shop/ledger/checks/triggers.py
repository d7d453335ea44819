"""The database refuses to change what is posted: invariant 9."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet

from shop.ledger.checks.findings import Finding
from shop.ledger.models import LedgerEntry

TABLE = LedgerEntry._meta.db_table
#: Bits of pg_trigger.tgtype. The trigger of insertions is the one that lets folding know what is under way.
_INSERT, _CHANGE = 4, 8 | 16 | 32


def triggers() -> Iterator[Finding]:
    """9: UPDATE, DELETE and TRUNCATE of entries are database errors."""
    if connection.vendor == "postgresql":
        missing = {f"{TABLE}_no_change"} - _triggers_of(_CHANGE)
        unseen = {f"{TABLE}_posting"} - _triggers_of(_INSERT)
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
        missing, unseen = {f"{TABLE}_no_update", f"{TABLE}_no_delete"} - _names(query, [TABLE]), set()
    for name in sorted(missing):
        yield Finding(9, f"trigger {name} is missing: entries can be changed")
    for name in sorted(unseen):
        yield Finding(
            2, f"trigger {name} is missing: an entry that commits late can be left out of the rollups"
        )
    entry = LedgerEntry.objects.order_by("id").first()
    if entry is None:
        return
    for verb, act in (
        ("UPDATE", lambda rows: rows.update(fen=F("fen"))),
        ("DELETE", lambda rows: rows._raw_delete(rows.db)),
    ):
        if _accepted(act, LedgerEntry.objects.filter(pk=entry.pk)):
            yield Finding(9, f"the database accepts {verb} of entry {entry.pk}")


def _triggers_of(bits: int) -> set[str]:
    query = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s)"
        " AND tgenabled IN ('O', 'A') AND tgtype & %s = %s"
    )
    return _names(query, [TABLE, bits, bits])


def _names(query: str, parameters: list[Any]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return {name for (name,) in cursor.fetchall()}


def _accepted(act: Callable[[Any], object], rows: QuerySet[LedgerEntry]) -> bool:
    """Try a change in a savepoint that is always rolled back."""
    try:
        with transaction.atomic():
            act(rows)
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True
