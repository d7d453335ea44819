from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0006_postings_show_themselves")]
    operations: ClassVar = [
        migrations.RemoveIndex(model_name="ledgerentry", name="ledger_report"),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["demo", "booked_on", "id"], name="ledger_newest"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["demo", "region", "booked_on", "id"], name="ledger_newest_of_region"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["credited_organisation", "booked_on", "id"],
                condition=models.Q(("credited_organisation", ""), _negated=True),
                name="ledger_newest_of_unit",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["order_number"],
                condition=models.Q(("stage", "receivable")),
                name="ledger_receivable",
            ),
        ),
    ]
