from typing import ClassVar

from django.db import migrations, models

_NOT_COUNTED = models.Q(
    ("kind", "goods"), models.Q(("eligibility", "eligible"), ("grade__in", ("A", "B", "C")), _negated=True)
)
_SELDOM = models.Q(
    ("leg", "refund"),
    ("stage__in", ("disputed", "refunding")),
    ("kind__in", ("fee", "donation")),
    _connector="OR",
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0014_pages_of_dense_figures")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["demo", "region", "booked_on", "id"], condition=_SELDOM, name="ledger_seldom_of_region"
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["demo", "booked_on", "id"], condition=_NOT_COUNTED, name="ledger_newest_not_counted"
            ),
        ),
    ]
