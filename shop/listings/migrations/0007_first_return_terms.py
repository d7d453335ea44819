import datetime as dt
from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

#: Rule, days to return without cause, hours to claim a fault.
FIRST = (
    ("seven_days", 7, 15 * 24),
    ("no_return_fresh", 0, 24),
    ("no_return_cold_chain", 0, 24),
    ("customised", 0, 7 * 24),
)


def add_first_terms(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What the product pages have promised so far."""
    terms = apps.get_model("listings", "ReturnTerms")
    for rule, days, hours in FIRST:
        terms.objects.create(
            rule=rule, starts_on=dt.date(2020, 1, 1), no_reason_days=days, claim_hours=hours
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("listings", "0006_return_terms")]
    operations: ClassVar = [migrations.RunPython(add_first_terms, migrations.RunPython.noop)]
