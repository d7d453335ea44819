import datetime as dt
from typing import Any, ClassVar

from django.db import migrations, models

METHODS = [("demo", "Demo payment"), ("stripe", "Card, Alipay or WeChat Pay"), ("bank_transfer", "Bank transfer")]


def add_hold_rule(apps: Any, schema_editor: Any) -> None:
    """Hold stock 40 minutes: a Checkout Session lives 30 minutes at least. Later rules replace this one."""
    apps.get_model("ordering", "HoldRule").objects.get_or_create(
        method="stripe", starts_on=dt.date(2021, 1, 1), defaults={"minutes": 40}
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ordering", "0003_hold_rules")]
    operations: ClassVar = [
        migrations.AlterField("holdrule", "method", models.CharField(max_length=20, choices=METHODS)),
        migrations.AlterField("orderrecord", "method", models.CharField(max_length=20, choices=METHODS)),
        migrations.RunPython(add_hold_rule, migrations.RunPython.noop),
    ]
