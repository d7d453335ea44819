"""The migrated database of the tests: built once, copied for every run, restored after every real transaction.

Emptying tables, Django's way after a test with real transactions, is refused by the ledger's triggers, and
the shop has no way to lift them. So the whole database is put back from a template instead.
"""

import fcntl
import functools
import gc
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import django
import oscar
from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "testdb"


def migrations_digest() -> str:
    """Return a digest that changes with any migration of ours and with the libraries that bring their own."""
    digest = hashlib.sha256(f"{django.__version__} {oscar.VERSION}".encode())
    digest.update((ROOT / "requirements.lock").read_bytes())
    # Operations of our own are imported by migrations and belong to them.
    files = [*(ROOT / "shop" / "core").glob("*.py"), ROOT / "shop" / "config" / "settings.py"]
    for config in apps.get_app_configs():
        if Path(config.path).is_relative_to(ROOT):
            files += (Path(config.path) / "migrations").glob("*.py")
    for path in sorted(set(files)):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


class TestDatabase(Protocol):
    """What the fixtures need of an engine."""

    def create(self) -> None: ...
    def restore(self) -> None: ...
    def copy_for_shop(self, folder: Path) -> dict[str, str]: ...
    def destroy(self) -> None: ...


def use_name(name: str) -> None:
    """Point the default connection of every thread at this database."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close()
    connection.settings_dict["NAME"] = name
    connections.settings[DEFAULT_DB_ALIAS]["NAME"] = name


@contextmanager
def only_one() -> Iterator[None]:
    """Let one test process at a time build a template."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _much_garbage() -> Iterator[None]:
    """Look for garbage seldom: a migration makes models by the thousand and throws them away again."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        gc.collect()


def _migrate() -> None:
    started = time.monotonic()
    # Which models may be swapped does not change while it runs; it asks for every field of every model.
    swappable = functools.cache(apps.get_swappable_settings_name)
    with _much_garbage(), patch.object(apps, "get_swappable_settings_name", swappable):
        call_command("migrate", interactive=False, verbosity=0)
    connections[DEFAULT_DB_ALIAS].close()
    print(f"migrated a template database in {time.monotonic() - started:.1f} s")


class SqliteDatabase:
    """A file in a temporary folder, copied from a cached file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "test.sqlite3"
        self.template = CACHE / f"{migrations_digest()}.sqlite3"

    def create(self) -> None:
        """Build the template when its migrations are new, and put the first copy in place."""
        with only_one():
            if not self.template.exists():
                self._build()
        self.restore()
        use_name(str(self.path))

    def _build(self) -> None:
        for old in CACHE.glob("*.sqlite3*"):
            old.unlink()
        unfinished = self.template.with_name(f"unfinished-{os.getpid()}.sqlite3")
        use_name(str(unfinished))
        _migrate()
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections[DEFAULT_DB_ALIAS].close()
        unfinished.replace(self.template)
        for rest in CACHE.glob("unfinished-*"):
            rest.unlink()

    def restore(self) -> None:
        """Put the template back; a connection that is still open keeps the old, deleted file."""
        connections[DEFAULT_DB_ALIAS].close()
        fresh = self.path.with_name("fresh.sqlite3")
        shutil.copyfile(self.template, fresh)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        fresh.replace(self.path)

    def copy_for_shop(self, folder: Path) -> dict[str, str]:
        """Put one more copy where a shop with this DATA_DIR looks for its database; it needs no variables."""
        shutil.copyfile(self.template, folder / "shop.sqlite3")
        return {}

    def destroy(self) -> None:
        """Close the connection; the folder is pytest's to delete."""
        connections[DEFAULT_DB_ALIAS].close()


@dataclass(frozen=True)
class Contents:
    """What a PostgreSQL database holds: its relations and triggers, a digest of each table with rows, its counters."""

    shape: str
    tables: dict[str, str]
    counters: dict[str, int | None]


class PostgresqlDatabase:
    """A database copied by the server from a template database."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.name = f"shop_test_{os.getpid()}"
        self.template = f"shop_template_{migrations_digest()}"
        self.maintenance = connection.settings_dict["TEST"].get("MAINTENANCE") or "postgres"
        self.parameters = connection.get_connection_params()
        self.migrated: Contents | None = None

    def _connect(self, name: str) -> Any:
        # A connection of its own, outside any transaction, as CREATE DATABASE asks.
        database = connections[DEFAULT_DB_ALIAS].Database  # type: ignore[attr-defined]
        known = ("user", "password", "host", "port", "sslmode")
        parameters = {key: value for key, value in self.parameters.items() if key in known}
        return database.connect(**parameters, dbname=name, autocommit=True)

    def _execute(self, sql: str) -> list[Any]:
        with self._connect(self.maintenance) as server:
            return _rows(server, sql)

    def create(self) -> None:
        """Build the template when its migrations are new, and copy it for this run."""
        with only_one():
            ready = self._execute(
                f"SELECT 1 FROM pg_database WHERE datname = '{self.template}' AND datistemplate"
            )
            if not ready:
                self._build()
        self._copy()
        with self._connect(self.name) as server:
            self.migrated = _contents(server)
        use_name(self.name)

    def _build(self) -> None:
        unfinished = f"{self.template}_unfinished"
        self._execute(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
        self._execute(f"CREATE DATABASE {unfinished} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        use_name(unfinished)
        _migrate()
        # The name and the mark come last: a build that was cut off is never taken for a template.
        self._execute(f"ALTER DATABASE {unfinished} RENAME TO {self.template}")
        self._execute(f"ALTER DATABASE {self.template} WITH IS_TEMPLATE true")

    def _copy(self) -> None:
        """Drop the database with whatever is still connected, and copy the template again."""
        self._execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self._execute(f"CREATE DATABASE {self.name} TEMPLATE {self.template}")

    def restore(self) -> None:
        """End whatever is still connected, and bring back what the migrations left.

        New rows are taken out past the triggers, in a tenth of the time that a copy takes; a database in which
        more than that has changed is copied again.
        """
        connections[DEFAULT_DB_ALIAS].close()
        database = connections[DEFAULT_DB_ALIAS].Database  # type: ignore[attr-defined]
        try:
            with self._connect(self.name) as server:
                restored = self.migrated is not None and _take_out(server, self.migrated)
        except database.Error:
            restored = False
        if not restored:
            self._copy()

    def copy_for_shop(self, folder: Path) -> dict[str, str]:
        """Make one more copy for a shop's processes; return the variables that lead them to it."""
        name = f"{self.name}_shop"
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._execute(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        server = os.environ["DATABASE_URL"].rpartition("/")[0]
        return {"DATABASE_URL": f"{server}/{name}"}

    def destroy(self) -> None:
        """Drop the databases of this run; the template stays for the next one."""
        connections[DEFAULT_DB_ALIAS].close()
        for name in (self.name, f"{self.name}_shop"):
            self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _rows(server: Any, sql: str) -> list[Any]:
    cursor = server.execute(sql)
    return list(cursor.fetchall()) if cursor.description else []


def _contents(server: Any) -> Contents:
    """Return what the connection's database holds."""
    [(shape,)] = _rows(
        server,
        "SELECT md5(string_agg(one, ',' ORDER BY one)) FROM ("
        "SELECT concat('c', oid, relkind, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "UNION ALL SELECT concat('t', oid, tgenabled) FROM pg_trigger) AS every(one)",
    )
    names = _rows(server, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    digest = """SELECT '{0}', md5(string_agg(row::text, ',' ORDER BY row::text)) FROM "{0}" AS row"""
    digests = _rows(server, " UNION ALL ".join(digest.format(name) for (name,) in names))
    counters = _rows(server, "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
    return Contents(shape, {name: found for name, found in digests if found}, dict(counters))


def _take_out(server: Any, before: Contents) -> bool:
    """Delete every row of the tables that were empty and set every counter back.

    Return whether everything is as it was then.
    """
    _rows(
        server,
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
    found = _contents(server)
    changed = {name for name, digest in found.tables.items() if before.tables.get(name) != digest}
    if found.shape != before.shape or changed & set(before.tables) or before.tables.keys() - found.tables:
        return False
    # Neither the triggers of the ledger nor foreign keys are asked.
    statements = ["SET session_replication_role = replica"]
    statements += [f'DELETE FROM "{name}"' for name in sorted(changed)]
    for name, value in found.counters.items():
        if value != (was := before.counters.get(name)):
            statements.append(f"""SELECT setval('"{name}"', {was or 1}, {was is not None})""")
    for statement in statements:
        server.execute(statement)
    return True


def database_for(folder: Path) -> TestDatabase:
    """Return the test database of the engine that the settings name."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        return SqliteDatabase(folder)
    return PostgresqlDatabase(connection)
