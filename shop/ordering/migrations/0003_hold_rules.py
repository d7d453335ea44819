import datetime as dt
from typing import Any, ClassVar

from django.db import migrations

RULES = [("demo", {"minutes": 40}), ("bank_transfer", {"working_days": 3})]


def add_hold_rules(apps: Any, schema_editor: Any) -> None:
    """Hold stock 40 minutes for online payment, 3 working days for a bank transfer; later rules replace these."""
    for method, length in RULES:
        apps.get_model("ordering", "HoldRule").objects.get_or_create(
            method=method, starts_on=dt.date(2021, 1, 1), defaults=length
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ordering", "0002_append_only")]
    operations: ClassVar = [migrations.RunPython(add_hold_rules, migrations.RunPython.noop)]
