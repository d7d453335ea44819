"""The database part on PostgreSQL: pg_dump in its custom format, and back in one transaction."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from shop.operations.backup.manifest import BackupError

NAME = "database.dump"
Say = Callable[[str], None]
#: Where Debian puts the programs of each version.
_DEBIAN = Path("/usr/lib/postgresql")
_FRESH = "DROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\n"


def dump(folder: Path, say: Say) -> dict[str, int]:
    """Write the dump; return how many rows each table has at the same moment: both look at one snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        say(_("database: %(name)s") % {"name": connection.settings_dict["NAME"]})
        words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run("pg_dump", *words, f"--file={folder / NAME}", *_where())
        return counts_of(cursor)


def restore(folder: Path, expected: dict[str, int], say: Say) -> None:
    """Put the dump in the place of everything in the database's schema: all of it, or nothing.

    Raises BackupError (failed); the database is as before then.
    """
    connection.close()
    script = folder / NAME
    psql = [
        _program("psql"),
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "--single-transaction",
        "-f",
        "-",
        *_where(),
    ]
    with subprocess.Popen(
        psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_environment()
    ) as taking:
        assert taking.stdin is not None and taking.stderr is not None
        taking.stdin.write(_FRESH.encode())
        taking.stdin.flush()
        words = [_program("pg_restore"), "--no-owner", "--no-privileges", "-f", "-", str(script)]
        giving = subprocess.run(words, stdout=taking.stdin, stderr=subprocess.PIPE, check=False)
        if giving.returncode:
            # The end of the script never comes, so nothing of it is committed.
            taking.kill()
        taking.stdin.close()
        trouble = taking.stderr.read()
    if giving.returncode or taking.returncode:
        told = (giving.stderr or trouble).decode(errors="replace").strip().splitlines()
        raise BackupError(
            _("The database was not restored and is as before: %(why)s") % {"why": " ".join(told[:2])},
            code="failed",
        )
    with connection.cursor() as cursor:
        if counts_of(cursor) != expected:
            raise BackupError(_("The database of the backup is damaged."), code="changed")
    say(_("the database is in place"))


def counts_of(cursor: Any) -> dict[str, int]:
    """Return how many rows each table has."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    counts = {}
    for (name,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - names of our own tables
        counts[name] = cursor.fetchone()[0]
    return counts


def others_connected() -> int:
    """Return how many other clients are connected to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def server() -> str:
    """Return the version of the server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def _run(program: str, *words: str) -> None:
    done = subprocess.run(
        [_program(program), *words], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(
            _("%(program)s did not finish: %(why)s") % {"program": program, "why": done.stderr.strip()[:300]},
            code="failed",
        )


def _program(name: str) -> str:
    """Return the newest program of that name: an older one refuses a newer server."""
    found = sorted(_DEBIAN.glob(f"[0-9]*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    program = str(found[-1]) if found else shutil.which(name)
    if program is None:
        raise BackupError(
            _("%(program)s is not installed; on Debian: apt install postgresql-client") % {"program": name},
            code="no_program",
        )
    return program


def _where() -> list[str]:
    told = connection.settings_dict
    words = ["-d", str(told["NAME"])]
    for letter, key in (("-h", "HOST"), ("-p", "PORT"), ("-U", "USER")):
        if told.get(key):
            words += [letter, str(told[key])]
    return words


def _environment() -> dict[str, str]:
    """Return the environment with the password, which must not stand in the list of processes."""
    password = str(connection.settings_dict.get("PASSWORD") or "")
    # What a cascade takes along is not news.
    quiet = {"PGOPTIONS": "-c client_min_messages=warning"}
    return {**os.environ, **quiet, **({"PGPASSWORD": password} if password else {})}
