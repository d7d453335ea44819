from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from shop.core.append_only import AppendOnly

_FESTIVALS = [
    ("new_year", "New Year"),
    ("spring", "Spring Festival"),
    ("qingming", "Qingming Festival"),
    ("labour", "Labour Day"),
    ("dragon_boat", "Dragon Boat Festival"),
    ("mid_autumn", "Mid-Autumn Festival"),
    ("national", "National Day"),
    ("other", "Other occasion"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("buyers", "0001_initial"),
        ("procurement", "0009_quotes_compared"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="WelfareCap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province", models.CharField(max_length=20)),
                (
                    "span",
                    models.CharField(
                        choices=[
                            ("festival", "Each festival"),
                            ("year", "All festivals of a year together"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "per_head_fen",
                    models.BigIntegerField(help_text="empty: no cap from that day on", null=True),
                ),
                (
                    "name",
                    models.CharField(help_text="of the rule, as the refusal names it", max_length=120),
                ),
                ("source", models.CharField(help_text="document number or address", max_length=300)),
                ("starts_on", models.DateField()),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["province", "starts_on"], name="welfare_cap_dated")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("per_head_fen__isnull", True), ("per_head_fen__gt", 0), _connector="OR"
                        ),
                        name="welfare_cap_positive",
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(("name", "")) & ~models.Q(("source", "")),
                        name="welfare_cap_of_a_rule",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FestivalPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("festival", models.CharField(choices=_FESTIVALS, max_length=12)),
                ("headcount", models.PositiveIntegerField()),
                ("per_head_fen", models.BigIntegerField()),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="festival_plans",
                        to="buyers.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "year", "festival"), name="festival_plan_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("headcount__gt", 0), ("per_head_fen__gt", 0)),
                        name="festival_plan_of_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpendingLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        choices=[
                            ("year", "Limit of the year"),
                            ("quarter", "Limit of the quarter"),
                            ("month", "Limit of the month"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "limit_fen",
                    models.BigIntegerField(help_text="empty: no limit from that day on", null=True),
                ),
                ("starts_on", models.DateField()),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spending_limits",
                        to="buyers.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "starts_on"], name="spending_limit_dated")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("limit_fen__isnull", True), ("limit_fen__gt", 0), _connector="OR"
                        ),
                        name="spending_limit_positive",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReservedShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("quota_fen", models.BigIntegerField(default=0)),
                ("filed_fen", models.BigIntegerField(help_text="empty: not filed yet", null=True)),
                ("filed_on", models.DateField(null=True)),
                ("no_canteen", models.BooleanField(default=False)),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reserved_shares",
                        to="buyers.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "year"], name="reserved_share_of_year")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("no_canteen", True), ("quota_fen", 0))
                        | models.Q(("no_canteen", False), ("quota_fen__gt", 0)),
                        name="reserved_share_quota_of_a_canteen",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("filed_fen__isnull", True), ("filed_on__isnull", True))
                        | models.Q(("filed_fen__gte", 0), ("filed_on__isnull", False)),
                        name="reserved_share_filed_on_a_day",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="purchaserequest",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="procurement.festivalplan",
            ),
        ),
        AppendOnly("procurement_spendinglimit"),
        AppendOnly("procurement_reservedshare"),
        AppendOnly("procurement_welfarecap"),
    ]
