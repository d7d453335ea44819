"""Database triggers that mark every change of the rows that catalogue pages are made of."""

from collections.abc import Sequence

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

#: Tables that the shelf reads or that are remembered with it. Stock is not among them: it changes with every sale
#: and is read on every page.
MARKED_TABLES: Sequence[str] = (
    "catalogue_category",
    "catalogue_product",
    "coupons_campaign",
    "coupons_campaign_products",
    "fulfilment_fulfilmentrule",
    "listings_categoryname",
    "listings_certification",
    "listings_certification_products",
    "listings_foodlabel",
    "listings_freightrate",
    "listings_freighttemplate",
    "listings_listing",
    "listings_orderrule",
    "listings_pricetier",
    "listings_productorigin",
    "listings_productpicture",
    "listings_productreport",
    "listings_purchaselimit",
    "listings_returnterms",
    "listings_searchtext",
    "listings_sharepicture",
    "ordering_holdrule",
    "regions_banner",
    "regions_pairing",
    "regions_partnerregion",
    "regions_programme",
    "regions_regionpage",
    "regions_story",
    "regions_township",
    "suppliers_supplier",
)
#: Small enough that the sum of very many fits.
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION listings_mark_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listings_cataloguechange (mark) VALUES (1 + floor(random() * 1000000000000)::bigint);
    RETURN NULL;
END $$;
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_marks AFTER INSERT OR UPDATE{columns} OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION listings_mark_change();
"""
_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_marks_{verb} AFTER {VERB} ON {table}
BEGIN INSERT INTO listings_cataloguechange (mark) VALUES (1 + abs(random() % 1000000000000)); END
"""


class MarkChanges(migrations.RunPython):
    """Migration operation: let every change of these tables add a row to CatalogueChange; safe to run again.

    Of updates only those that name one of `columns` are marked, where some are given: the others change too often.
    On SQLite a later migration that rebuilds one of the tables drops its triggers; it has to run this again.
    """

    reduces_to_sql = False
    reversible = False

    def __init__(self, tables: Sequence[str], columns: Sequence[str] = ()) -> None:
        self.tables, self.columns = tables, columns
        super().__init__(self._install)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return (self.__class__.__qualname__, [self.tables, self.columns], {})

    def _install(self, apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        columns = " OF " + ", ".join(self.columns) if self.columns else ""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_POSTGRESQL_FUNCTION)
            for table in self.tables:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_marks ON {table}")
                schema_editor.execute(_POSTGRESQL.format(table=table, columns=columns))
            return
        for table in self.tables:
            for verb in ("insert", "update", "delete"):
                what = verb.upper() + (columns if verb == "update" else "")
                schema_editor.execute(_SQLITE.format(table=table, verb=verb, VERB=what))
