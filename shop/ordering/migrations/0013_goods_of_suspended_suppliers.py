import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ordering", "0012_replacements_are_signed_for"), ("suppliers", "0003_papers_for_suppliers")]

    operations = [
        migrations.CreateModel(
            name="SupplierCut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for open payments to end"),
                            ("stuck", "Waiting for a decision of the shop"),
                            ("cut", "Taken off"),
                            ("left", "Left as they were"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "trouble",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("money", "Money for it has come in, or is being checked"),
                            ("provider", "Its payment has begun and could not be ended"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("stuck_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("decided_by", models.BigIntegerField(null=True)),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplier_cuts",
                        to="ordering.orderrecord",
                    ),
                ),
                (
                    "suspension",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplier_cuts",
                        to="suppliers.suspension",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("record", "suspension"), name="supplier_cut_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "stuck"), _negated=True),
                            models.Q(models.Q(("trouble", ""), _negated=True), ("stuck_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="supplier_cut_stuck_by_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("state__in", ["cut", "left"])),
                            models.Q(("ended_at__isnull", True), ("state__in", ["waiting", "stuck"])),
                            _connector="OR",
                        ),
                        name="supplier_cut_ends_once",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "stuck"])),
                        fields=["asked_at"],
                        name="supplier_cut_open",
                    )
                ],
            },
        ),
    ]
