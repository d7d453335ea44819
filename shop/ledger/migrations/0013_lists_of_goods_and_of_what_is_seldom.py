from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0012_consents_and_numbers_of_parcels")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["supplier", "booked_on", "id"],
                condition=models.Q(("supplier", ""), _negated=True),
                name="ledger_newest_of_supplier",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["product", "booked_on", "id"],
                condition=models.Q(("product", ""), _negated=True),
                name="ledger_newest_of_product",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["demo", "booked_on", "id"],
                condition=models.Q(
                    ("leg", "refund"),
                    ("stage__in", ("disputed", "refunding")),
                    ("kind__in", ("fee", "donation")),
                    _connector="OR",
                ),
                name="ledger_newest_seldom",
            ),
        ),
    ]
