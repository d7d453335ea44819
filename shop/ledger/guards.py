"""A database trigger that refuses entries booked in a closed month, on SQLite and PostgreSQL alike."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_SQLITE = """
CREATE TRIGGER {table}_open_month BEFORE INSERT ON {table}
WHEN NEW.booked_on < (SELECT first_day FROM {months})
BEGIN SELECT RAISE(ABORT, '{table}: this month is closed'); END
"""
_POSTGRESQL = """
CREATE FUNCTION {table}_open_month() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
IF EXISTS (SELECT 1 FROM added WHERE booked_on < (SELECT first_day FROM {months})) THEN
RAISE EXCEPTION '{table}: this month is closed'; END IF; RETURN NULL; END $$;
CREATE TRIGGER {table}_open_month AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION {table}_open_month();
"""


class ClosedMonths(migrations.RunPython):
    """Migration operation: refuse rows of `table` that are booked before the first open day in `months`."""

    reduces_to_sql = False
    reversible = False

    def __init__(self, table: str, months: str) -> None:
        self.table, self.months = table, months
        super().__init__(self._install)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return (self.__class__.__qualname__, [self.table, self.months], {})

    def _install(self, apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        sql = _POSTGRESQL if schema_editor.connection.vendor == "postgresql" else _SQLITE
        schema_editor.execute(sql.format(table=self.table, months=self.months))
