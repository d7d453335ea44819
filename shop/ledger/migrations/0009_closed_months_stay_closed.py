import datetime as dt
from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from shop.core.append_only import AppendOnly
from shop.ledger.guards import ClosedMonths

#: Before the first programme: every month is open until one is closed.
FIRST_DAY = dt.date(2000, 1, 1)


def first_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Open every month; three people close one (counting rules, section 6)."""
    apps.get_model("ledger", "OpenMonth").objects.get_or_create(pk=1, defaults={"first_day": FIRST_DAY})
    apps.get_model("ledger", "ClosingRule").objects.get_or_create(
        starts_on=FIRST_DAY,
        defaults={
            "people": 3,
            "reason": "统计口径第 6 条：制表、复核、签发由三个人分别完成",
            "set_at": dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
        },
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0008_months_and_statements")]
    operations: ClassVar = [
        migrations.RunPython(first_rows, migrations.RunPython.noop),
        AppendOnly("ledger_statement"),
        ClosedMonths("ledger_ledgerentry", "ledger_openmonth"),
    ]
