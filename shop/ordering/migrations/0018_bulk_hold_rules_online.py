import datetime as dt
from typing import Any, ClassVar

from django.db import migrations

METHODS = ("demo", "stripe")


def add_bulk_hold_rules(apps: Any, schema_editor: Any) -> None:
    """Hold the bulk stock of an organisation 3 working days for its online payment: somebody else pays there.

    Later rules replace these; orders that are placed keep the end they were given.
    """
    for method in METHODS:
        apps.get_model("ordering", "HoldRule").objects.get_or_create(
            method=method, pool="bulk", starts_on=dt.date(2021, 1, 1), defaults={"working_days": 3}
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ordering", "0017_discounts_of_coupons")]
    operations: ClassVar = [migrations.RunPython(add_bulk_hold_rules, migrations.RunPython.noop)]
