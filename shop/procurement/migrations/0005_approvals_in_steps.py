from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("buyers", "0001_initial"),
        ("procurement", "0004_offer_online_payment"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="purchaserequest",
            name="round",
            field=models.PositiveSmallIntegerField(default=0, help_text="how often it was submitted"),
        ),
        migrations.AddField(
            model_name="purchaserequest",
            name="chain",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="the steps of its approval as submitted; empty: one approver",
            ),
        ),
        migrations.CreateModel(
            name="ApprovalRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "from_fen",
                    models.BigIntegerField(help_text="goods and freight; the highest that is reached holds"),
                ),
                ("starts_on", models.DateField()),
                ("set_by", models.BigIntegerField()),
                ("set_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval_rules",
                        to="buyers.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "from_fen", "starts_on"), name="approval_rule_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_fen__gte", 0)), name="approval_rule_from_an_amount"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApprovalStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("position", models.PositiveSmallIntegerField(help_text="1 is the first")),
                ("role", models.CharField(help_text="a MemberRole of buyers", max_length=20)),
                (
                    "person",
                    models.BigIntegerField(
                        help_text="the person's id; empty: whoever holds the role", null=True
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="procurement.approvalrule",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("rule", "position"), name="approval_step_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "round",
                    models.PositiveSmallIntegerField(help_text="how often the request had been submitted"),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("approved_by", models.BigIntegerField()),
                ("submitted_by", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("approved_at", models.DateTimeField()),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals",
                        to="procurement.purchaserequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("request", "round", "position"), name="approval_of_a_step_once"
                    ),
                    models.UniqueConstraint(
                        fields=("request", "round", "approved_by"), name="approval_by_a_person_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("approved_by", models.F("submitted_by")), _negated=True),
                        name="approval_by_another_than_the_buyer",
                    ),
                ],
            },
        ),
        AppendOnly("procurement_approval"),
    ]
