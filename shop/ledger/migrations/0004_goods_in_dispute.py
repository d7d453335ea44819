"""Goods that a replacement is asked for are held in `disputed`, beside what refunds hold in `refunding`."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_share_by_acceptance")]

    operations = [
        migrations.AddField(
            model_name="refundhold", name="disputed", field=models.BooleanField(default=False)
        ),
        migrations.AlterField(
            model_name="refundhold",
            name="refund",
            field=models.CharField(
                help_text="number of the refund, or of the case in dispute", max_length=64
            ),
        ),
    ]
