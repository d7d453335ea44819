import datetime as dt
from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def add_first_rule(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let one number get 5 texts an hour and 10 a day; at 5 fen each 200 yuan a day and 3000 a month at most."""
    apps.get_model("notifications", "SmsRule").objects.create(starts_on=dt.date(2020, 1, 1))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("notifications", "0006_channels_and_limits")]
    operations: ClassVar = [migrations.RunPython(add_first_rule, migrations.RunPython.noop)]
