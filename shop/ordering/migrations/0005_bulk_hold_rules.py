import datetime as dt
from typing import Any, ClassVar

from django.db import migrations

RULES = [("bank_transfer", {"working_days": 5})]


def add_bulk_hold_rules(apps: Any, schema_editor: Any) -> None:
    """Hold the bulk stock of an organisation 5 working days for its transfer; later rules replace this one."""
    for method, length in RULES:
        apps.get_model("ordering", "HoldRule").objects.get_or_create(
            method=method, pool="bulk", starts_on=dt.date(2021, 1, 1), defaults=length
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ordering", "0004_union_orders")]
    operations: ClassVar = [migrations.RunPython(add_bulk_hold_rules, migrations.RunPython.noop)]
