from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# The numbers are those of shop/ledger/rollups/settling.py. A trigger of the statement fires before the ids of its
# rows are drawn.
_POSTGRESQL = """
CREATE FUNCTION ledger_ledgerentry_posting() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(20210, 5); RETURN NULL; END $$;
CREATE TRIGGER ledger_ledgerentry_posting BEFORE INSERT ON ledger_ledgerentry
FOR EACH STATEMENT EXECUTE FUNCTION ledger_ledgerentry_posting();
"""


def show_postings(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On SQLite, with its one writer at a time, there is nothing to show."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRESQL)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0005_rollups")]
    operations: ClassVar = [migrations.RunPython(show_postings)]
