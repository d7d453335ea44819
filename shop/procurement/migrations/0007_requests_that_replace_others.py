from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("procurement", "0006_rules_of_purchases")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="purchaserequest",
            name="replaces",
            field=models.ForeignKey(
                help_text="its order was called off",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="procurement.purchaserequest",
            ),
        ),
    ]
