"""The database part on SQLite: its online backup, so that the shop goes on meanwhile."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from shop.operations.backup.manifest import BackupError

NAME = "database.sqlite3"
Say = Callable[[str], None]
_PAGES = 2_000


def dump(folder: Path, say: Say) -> dict[str, int]:
    """Copy the database as it is at one moment; return how many rows each table of the copy has."""

    def tell(status: int, left: int, total: int) -> None:
        say(_("database: %(percent)d %%") % {"percent": 100 - 100 * left // max(total, 1)})

    path = folder / NAME
    with closing(sqlite3.connect(database_path())) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy, pages=_PAGES, progress=tell)
        copy.execute("PRAGMA journal_mode=DELETE")
        return counts_of(copy)


def restore(folder: Path, expected: dict[str, int], say: Say) -> None:
    """Put the copy in the place of the database, in one step; the old one stays beside it until the next restore.

    Raises BackupError (changed), and leaves the database alone, when the copy is damaged or holds other rows.
    """
    target = database_path()
    unfinished = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(folder / NAME, unfinished)
    if not _holds(unfinished, expected):
        unfinished.unlink()
        raise BackupError(_("The database of the backup is damaged."), code="changed")
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    connection.close()
    if target.exists():
        _fold_log(target)
        os.replace(target, target.with_name(f"{target.name}.before-restore"))
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    os.replace(unfinished, target)
    say(
        _("the database is in place; the one before it is kept as %(name)s.before-restore")
        % {"name": target.name}
    )


def _holds(path: Path, expected: dict[str, int]) -> bool:
    """Return whether a file is a whole database with so many rows in its tables."""
    with closing(sqlite3.connect(path)) as copy:
        try:
            [(found,)] = copy.execute("PRAGMA integrity_check(1)").fetchall()
            return bool(found == "ok" and counts_of(copy) == expected)
        except sqlite3.DatabaseError:
            # Which pages are damaged decides whether the check names them or cannot begin.
            return False


def _fold_log(path: Path) -> None:
    """Bring what stands in the write-ahead log into the file itself, so that the file alone is whole."""
    with closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def counts_of(opened: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    names = [
        name
        for (name,) in opened.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    return {name: opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def database_path() -> Path:
    """Return the file of the database in use."""
    return Path(str(connection.settings_dict["NAME"]))


def server() -> str:
    """Return the version of SQLite."""
    return sqlite3.sqlite_version
