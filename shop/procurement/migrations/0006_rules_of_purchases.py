from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("catalogue", "0032_category_exclude_from_menu_category_long_description"),
        ("procurement", "0005_approvals_in_steps"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="requestline",
            name="gap_reason",
            field=models.CharField(
                blank=True,
                default="",
                help_text="the buyer's, where the price lies above the band",
                max_length=200,
            ),
        ),
        migrations.CreateModel(
            name="PriceBand",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "over_bp",
                    models.PositiveIntegerField(
                        help_text="basis points; empty: from that day on no limit", null=True
                    ),
                ),
                ("starts_on", models.DateField(unique=True)),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ReferencePrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("fen", models.BigIntegerField()),
                (
                    "source",
                    models.CharField(
                        help_text="where it was read, for the approver to look up", max_length=120
                    ),
                ),
                ("noted_on", models.DateField()),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reference_prices",
                        to="catalogue.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "noted_on"), name="reference_price_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fen__gt", 0), models.Q(("source", ""), _negated=True)),
                        name="reference_price_with_a_source",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "from_fen",
                    models.BigIntegerField(
                        help_text="goods and freight; empty: from that day on none", null=True
                    ),
                ),
                ("starts_on", models.DateField(unique=True)),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_fen__isnull", True), ("from_fen__gte", 0), _connector="OR"
                        ),
                        name="contract_rule_from_an_amount",
                    ),
                ],
            },
        ),
    ]
