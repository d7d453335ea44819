from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

_STATES = [
    ("visit", "Visited"),
    ("sample", "Samples sent"),
    ("quote", "Quote given"),
    ("ordered", "Ordered"),
    ("lost", "Lost"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("buyers", "0001_initial"),
        ("ordering", "0005_bulk_hold_rules"),
        ("regions", "0001_initial"),
        ("procurement", "0010_budgets"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Lead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24, unique=True)),
                ("company", models.CharField(max_length=80)),
                ("state", models.CharField(choices=_STATES, default="visit", max_length=8)),
                ("contact_name", models.CharField(blank=True, default="", max_length=40)),
                ("contact_phone", models.CharField(blank=True, default="", max_length=20)),
                (
                    "expected_fen",
                    models.BigIntegerField(default=0, help_text="an intention, never a sale"),
                ),
                ("owner_id", models.BigIntegerField(help_text="who of the staff looks after it")),
                ("opened_at", models.DateTimeField()),
                ("next_on", models.DateField(help_text="when somebody gets in touch again", null=True)),
                ("erase_on", models.DateField(help_text="from this day on the contact is erased")),
                ("erased_at", models.DateTimeField(null=True)),
                ("demo", models.BooleanField(default=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        help_text="once it buys here",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="buyers.organisation",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="regions.partnerregion",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["region", "state", "-opened_at"], name="lead_desk")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expected_fen__gte", 0)),
                        name="lead_expects_something_or_nothing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("erased_at__isnull", True))
                        | models.Q(("contact_name", ""), ("contact_phone", "")),
                        name="lead_erased_names_nobody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=_STATES, max_length=8)),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("by_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="procurement.lead",
                    ),
                ),
                (
                    "record",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lead_step",
                        to="ordering.orderrecord",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind", "ordered"), ("record__isnull", False))
                        | (~models.Q(("kind", "ordered")) & models.Q(("record__isnull", True))),
                        name="lead_step_ordered_by_an_order",
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(("kind", "lost")) | ~models.Q(("note", "")),
                        name="lead_step_lost_says_why",
                    ),
                ],
            },
        ),
    ]
