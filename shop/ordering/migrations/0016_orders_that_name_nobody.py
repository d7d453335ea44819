from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ordering", "0015_saved_addresses")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="orderrecord",
            name="forgotten_at",
            field=models.DateTimeField(help_text="since when it names nobody", null=True),
        ),
        migrations.AddConstraint(
            model_name="orderrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("forgotten_at__isnull", True),
                    models.Q(("guest_phone", ""), ("recipient_name", ""), ("recipient_phone", ""), ("street", "")),
                    _connector="OR",
                ),
                name="order_forgotten_names_nobody",
            ),
        ),
    ]
