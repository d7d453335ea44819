import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("ordering", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="buyernotice",
            name="record",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="buyer_notices",
                to="ordering.orderrecord",
            ),
        ),
    ]
