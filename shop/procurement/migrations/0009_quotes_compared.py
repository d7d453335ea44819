from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("procurement", "0008_contracts")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="QuoteRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("buyer_kind", models.CharField(help_text="a BuyerKind of buyers", max_length=20)),
                ("from_fen", models.BigIntegerField(help_text="goods and freight")),
                (
                    "min_quotes",
                    models.PositiveSmallIntegerField(
                        help_text="the shop's own among them; 0: none are asked for"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("buyer_kind", "starts_on"), name="quote_rule_of_a_kind_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_fen__gte", 0)), name="quote_rule_from_an_amount"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GatheredQuote",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("company", models.CharField(max_length=80)),
                ("fen", models.BigIntegerField(help_text="for all goods, freight included")),
                ("quoted_on", models.DateField()),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("written_by", models.BigIntegerField()),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gathered_quotes",
                        to="procurement.purchaserequest",
                    ),
                ),
            ],
            options={
                "ordering": ["fen", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("request", "company"), name="gathered_quote_of_a_company_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fen__gt", 0), models.Q(("company", ""), _negated=True)),
                        name="gathered_quote_sane",
                    ),
                ],
            },
        ),
    ]
