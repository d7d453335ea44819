from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("gateways", "0004_bank_statements")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="paymentnotice",
            name="checked_at",
            field=models.DateTimeField(help_text="when a person looked into one nobody knows", null=True),
        ),
    ]
