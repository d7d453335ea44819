from typing import Any, ClassVar

from django.db import migrations

#: What has a word is all that is asked of these rows, and the texts and tokens in them are long: away from the row
#: they leave ten times as many rows to a page. The planner knows nothing of what it costs to fetch such tokens and
#: would read them all for a word that a fifth of the goods have, so the function always asks the index.
_INSTALL = (
    "ALTER TABLE listings_searchtext SET (toast_tuple_target = 128)",
    "UPDATE listings_searchtext SET form = form",
    """
CREATE FUNCTION listings_products_with(asked tsquery) RETURNS text
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT string_agg(product_id::text, ',') FROM listings_searchtext WHERE tokens @@ asked
$$
""",
)
_REMOVE = (
    "DROP FUNCTION listings_products_with(tsquery)",
    "ALTER TABLE listings_searchtext RESET (toast_tuple_target)",
)


def _on_postgresql(statements: tuple[str, ...]) -> Any:
    def execute(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return execute


class Migration(migrations.Migration):
    dependencies: ClassVar = [("listings", "0016_what_is_sold_out")]
    operations: ClassVar = [migrations.RunPython(_on_postgresql(_INSTALL), _on_postgresql(_REMOVE))]
