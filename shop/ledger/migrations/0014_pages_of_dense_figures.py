from typing import ClassVar

from django.db import migrations, models

_NOT_COUNTED = models.Q(
    ("kind", "goods"), models.Q(("eligibility", "eligible"), ("grade__in", ("A", "B", "C")), _negated=True)
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0013_lists_of_goods_and_of_what_is_seldom")]
    operations: ClassVar = [
        migrations.RemoveIndex(model_name="ledgerentry", name="ledger_order"),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["order_number", "booked_on", "id"], name="ledger_newest_of_order"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["demo", "region", "booked_on", "id"],
                condition=_NOT_COUNTED,
                name="ledger_not_counted_of_region",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["supplier", "booked_on", "id"],
                condition=_NOT_COUNTED,
                name="ledger_not_counted_of_supplier",
            ),
        ),
    ]
