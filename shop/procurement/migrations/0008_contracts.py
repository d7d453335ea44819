from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("ordering", "0017_discounts_of_coupons"),
        ("procurement", "0007_requests_that_replace_others"),
        ("suppliers", "0004_test_reports"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("number", models.CharField(max_length=24, unique=True)),
                ("body", models.JSONField(help_text="parties, lines, delivery and payment; names no person")),
                ("digest", models.CharField(max_length=64)),
                ("total_fen", models.BigIntegerField(help_text="goods and freight of this supplier")),
                ("made_at", models.DateTimeField()),
                ("demo", models.BooleanField(default=True)),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="ordering.orderrecord",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="suppliers.supplier",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["supplier", "-made_at"], name="contract_of_supplier")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("record", "supplier"), name="contract_with_a_supplier_once"
                    )
                ],
            },
        ),
        AppendOnly("procurement_contract"),
    ]
