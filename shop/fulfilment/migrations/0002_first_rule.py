import datetime as dt
from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def add_first_rule(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Ship within 48 h; receipt 7 days after signed-for or 15 after shipping (counting rules, section 1)."""
    apps.get_model("fulfilment", "FulfilmentRule").objects.create(starts_on=dt.date(2020, 1, 1))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("fulfilment", "0001_initial")]
    operations: ClassVar = [migrations.RunPython(add_first_rule, migrations.RunPython.noop)]
