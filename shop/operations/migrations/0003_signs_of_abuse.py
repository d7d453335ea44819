from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

_KINDS = [
    ("split", "Split under an approval limit"),
    ("shared", "Buyer and supplier belong together"),
    ("cap", "More a head than the province allows"),
    ("quick", "Accepted minutes after shipping"),
    ("payee", "Refund to another than who paid"),
    ("price", "Price above the band"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("buyers", "0003_units_keep_their_own"),
        ("operations", "0002_restores"),
        ("ordering", "0017_discounts_of_coupons"),
        ("suppliers", "0005_who_a_supplier_is"),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="AbuseWatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=_KINDS, max_length=8, unique=True)),
                ("looked_at", models.DateTimeField(null=True)),
                ("looked_key", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="AbuseFinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=_KINDS, max_length=8)),
                ("key", models.CharField(max_length=120)),
                (
                    "reference",
                    models.CharField(help_text="number of the order, request or payment", max_length=80),
                ),
                ("fen", models.BigIntegerField(help_text="of the purchases, or of the refund")),
                ("detail", models.JSONField(default=dict)),
                ("happened_at", models.DateTimeField()),
                ("found_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To be looked at"),
                            ("judged", "Waiting for the second look"),
                            ("closed", "Closed"),
                        ],
                        default="open",
                        max_length=6,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("fine", "In order"), ("abuse", "Abuse, acted upon")],
                        default="",
                        max_length=5,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                ("judged_by", models.BigIntegerField(null=True)),
                ("judged_at", models.DateTimeField(null=True)),
                ("seen_by", models.BigIntegerField(help_text="who had the second look", null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="abuse_findings",
                        to="buyers.organisation",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="abuse_findings",
                        to="ordering.orderrecord",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="abuse_findings",
                        to="suppliers.supplier",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-found_at"], name="abuse_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key"), name="abuse_found_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("judged_at__isnull", True),
                                ("judged_by__isnull", True),
                                ("reason", ""),
                                ("state", "open"),
                                ("verdict", ""),
                            ),
                            models.Q(
                                ("judged_at__isnull", False),
                                ("judged_by__isnull", False),
                                ("state__in", ["judged", "closed"]),
                                ("verdict__in", ["fine", "abuse"]),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="abuse_judged_with_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("seen_at__isnull", False),
                                ("seen_by__isnull", False),
                                ("state", "closed"),
                                models.Q(("seen_by", models.F("judged_by")), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "closed"), _negated=True),
                                ("seen_at__isnull", True),
                                ("seen_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="abuse_seen_by_another",
                    ),
                ],
            },
        ),
    ]
