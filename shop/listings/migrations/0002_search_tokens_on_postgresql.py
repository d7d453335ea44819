"""A generated column with the tokens of all fields and its GIN index, on PostgreSQL only (listings.matching)."""

from django.db import migrations

# A token longer than any query is never asked for, and would not fit into a page of the index.
# The index is read on every search and written when a product changes: entries go to their place at once.
INSTALL = (
    """
CREATE FUNCTION listings_field_tokens(letter text, stored text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(coalesce(array_agg(DISTINCT letter || token), '{}'))
    FROM unnest(string_to_array(stored, ' ')) AS token
    WHERE token <> '' AND octet_length(token) <= 512
$$
""",
    """
ALTER TABLE listings_searchtext ADD COLUMN tokens tsvector GENERATED ALWAYS AS (
    listings_field_tokens('t', title) || listings_field_tokens('s', supplier)
    || listings_field_tokens('b', body) || listings_field_tokens('p', pinyin)
) STORED
""",
    "CREATE INDEX listings_search_tokens ON listings_searchtext USING gin (tokens) WITH (fastupdate = off)",
)
REMOVE = (
    "ALTER TABLE listings_searchtext DROP COLUMN tokens",
    "DROP FUNCTION listings_field_tokens(text, text)",
)


def _on_postgresql(statements):
    def execute(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return execute


class Migration(migrations.Migration):

    dependencies = [
        ("listings", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(_on_postgresql(INSTALL), _on_postgresql(REMOVE)),
    ]
