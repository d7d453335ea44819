"""Database triggers that make a table append-only on SQLite and PostgreSQL alike."""

from django.db import connection, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRESQL = """
CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$;
CREATE TRIGGER {table}_no_change BEFORE {events} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only();
"""


class AppendOnly(migrations.RunPython):
    """Migration operation: refuse UPDATE, DELETE and TRUNCATE of a table in the database itself.

    With `erasable` rows may be deleted, never changed.
    """

    reduces_to_sql = False
    reversible = False

    def __init__(self, table: str, *, erasable: bool = False) -> None:
        self.table = table
        self.erasable = erasable
        super().__init__(self._install)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return (self.__class__.__qualname__, [self.table], {"erasable": True} if self.erasable else {})

    def _install(self, apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            events = "UPDATE" if self.erasable else "UPDATE OR DELETE OR TRUNCATE"
            schema_editor.execute(_POSTGRESQL.format(table=self.table, events=events))
            return
        for verb in ("update",) if self.erasable else ("update", "delete"):
            schema_editor.execute(_SQLITE.format(table=self.table, verb=verb, VERB=verb.upper()))


class AppendOnlyAgain(AppendOnly):
    """Migration operation: put the triggers back of a table that SQLite has just made anew for a change of columns.

    PostgreSQL changes the table in place and keeps its own.
    """

    def _install(self, apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "sqlite":
            super()._install(apps, schema_editor)


def missing_triggers(table: str) -> list[str]:
    """Return the triggers that a table of this kind lacks; empty when it cannot be changed."""
    wanted = {f"{table}_no_update", f"{table}_no_delete"}
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    if connection.vendor == "postgresql":
        # tgtype bits: DELETE 8, UPDATE 16, TRUNCATE 32
        wanted = {f"{table}_no_change"}
        query = (
            "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s)"
            " AND tgenabled IN ('O', 'A') AND tgtype & 56 = 56"
        )
    with connection.cursor() as cursor:
        cursor.execute(query, [table])
        return sorted(wanted - {name for (name,) in cursor.fetchall()})
