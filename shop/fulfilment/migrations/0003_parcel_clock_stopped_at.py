from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("fulfilment", "0002_first_rule")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="parcel",
            name="clock_stopped_at",
            field=models.DateTimeField(
                help_text="delayed on its way: not taken as confirmed while this is set", null=True
            ),
        ),
    ]
