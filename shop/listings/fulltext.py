"""The index of the stored tokens on SQLite; PostgreSQL has a column of its own for it (migration 0002)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FIELDS = ("title", "supplier", "body", "pinyin")
TABLE = "listings_searchindex"

_COLUMNS = ", ".join(FIELDS)
_NEW = ", ".join(f"new.{name}" for name in FIELDS)
_OLD = ", ".join(f"old.{name}" for name in FIELDS)
#: Only a blank parts two tokens; what a token is, `listings.tokens` decides for both engines. Where a token stands
#: in its field is never asked for.
_INDEX = f"""
CREATE VIRTUAL TABLE {TABLE} USING fts5({_COLUMNS}, content='listings_searchtext', content_rowid='product_id',
    detail='column', tokenize="ascii tokenchars '=-'")
"""
_ADD = f"INSERT INTO {TABLE} (rowid, {_COLUMNS}) VALUES (new.product_id, {_NEW});"  # noqa: S608 - names of ours
_TAKE = (
    f"INSERT INTO {TABLE} ({TABLE}, rowid, {_COLUMNS}) "  # noqa: S608 - as above
    f"VALUES ('delete', old.product_id, {_OLD});"
)
_TRIGGERS = {"INSERT": _ADD, "UPDATE": f"{_TAKE} {_ADD}", "DELETE": _TAKE}


class IndexTokens(migrations.RunPython):
    """Migration operation: (re)make the index on SQLite, with the triggers that keep it; safe to run again.

    A later migration that rebuilds `listings_searchtext` drops its triggers; it has to run this again.
    """

    reduces_to_sql = False
    reversible = False

    def __init__(self) -> None:
        super().__init__(self._install)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return (self.__class__.__qualname__, [], {})

    def _install(self, apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor != "sqlite":
            return
        schema_editor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        schema_editor.execute(_INDEX)
        for verb, steps in _TRIGGERS.items():
            name = f"listings_searchtext_index_{verb.lower()}"
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
            schema_editor.execute(
                f"CREATE TRIGGER {name} AFTER {verb} ON listings_searchtext BEGIN {steps} END"
            )
        schema_editor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('rebuild')")  # noqa: S608 - as above
