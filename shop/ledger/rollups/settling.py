"""Which entries are settled: no entry with a lower id can appear any more.

Ids are given in the order of posting and appear in the order of commits. On PostgreSQL a transaction that posts
takes a shared advisory lock before it is given an id (a trigger of the table, whoever inserts), and holds it until
it ends. Nobody ever asks for that lock exclusively, so posting waits for nothing; whoever folds looks at who holds it.
On SQLite there is one writer at a time, and an entry that is there is settled.
"""

import time

from django.db import connection
from django.db.models import Max

from shop.ledger.models import LedgerEntry

#: The two numbers of the advisory lock, as the trigger of the migration writes them.
LOCK = (20210, 5)
#: How long to wait for postings that were under way, and how often to look.
PATIENCE_SECONDS, LOOK_SECONDS = 5.0, 0.02

_POSTING = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 2 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()
"""


def last_entry() -> int:
    """Return the highest id there is, 0 without entries. One read of an index."""
    return LedgerEntry.objects.aggregate(last=Max("pk"))["last"] or 0


def settled_entry() -> int:
    """Return an id up to which every entry that will ever be is there; 0 when postings do not end in time.

    Reads what is committed now: not for a transaction that keeps one snapshot.
    """
    last = last_entry()
    if connection.vendor != "postgresql":
        return last
    # Whoever posts from now on is given higher ids.
    under_way = _posting()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while under_way:
        if time.monotonic() > deadline:
            return 0
        time.sleep(LOOK_SECONDS)
        under_way &= _posting()
    return last


def _posting() -> set[str]:
    """Return the transactions of others that have posted, or are about to, and have not ended."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTING, LOCK)
        return {name for (name,) in cursor.fetchall()}
