import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0015_rules_mark_changes"),
        ("ordering", "0017_discounts_of_coupons"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("sets", models.PositiveIntegerField()),
                ("name", models.CharField(blank=True, default="", max_length=60)),
                ("phone", models.CharField(blank=True, default="", max_length=20)),
                ("department", models.CharField(blank=True, default="", max_length=60)),
                ("province", models.CharField(blank=True, default="", max_length=20)),
                ("city", models.CharField(blank=True, default="", max_length=40)),
                ("county", models.CharField(blank=True, default="", max_length=40)),
                ("street", models.CharField(blank=True, default="", max_length=200)),
                (
                    "shipped_at",
                    models.DateTimeField(help_text="since when nothing of it is left to ship", null=True),
                ),
                ("erased_at", models.DateTimeField(null=True)),
                (
                    "supplier_order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consignments",
                        to="fulfilment.supplierorder",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("shipped_at", None)),
                        fields=["supplier_order", "number"],
                        name="consignment_to_ship",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("supplier_order", "number"), name="consignment_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sets__gt", 0)), name="consignment_holds_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("erased_at__isnull", True),
                            models.Q(
                                ("city", ""),
                                ("county", ""),
                                ("department", ""),
                                ("name", ""),
                                ("phone", ""),
                                ("street", ""),
                            ),
                            _connector="OR",
                        ),
                        name="consignment_erased_is_nobody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsignmentPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Being prepared"), ("ready", "Ready")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("sets", models.PositiveIntegerField(help_text="of the whole order")),
                ("parcels", models.PositiveIntegerField(help_text="of each supplier")),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("rows_done", models.PositiveIntegerField(default=0)),
                ("rows_wanted", models.PositiveIntegerField()),
                ("ready_at", models.DateTimeField(null=True)),
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consignment_plan",
                        to="ordering.orderrecord",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["due_at"],
                        name="consignment_plan_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("parcels__gt", 0), ("sets__gte", models.F("parcels"))),
                        name="consignment_plan_of_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rows_done__lte", models.F("rows_wanted")),
                            models.Q(
                                models.Q(("state", "ready"), _negated=True),
                                models.Q(("ready_at__isnull", False), ("rows_done", models.F("rows_wanted"))),
                                _connector="OR",
                            ),
                        ),
                        name="consignment_plan_ready_is_whole",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="parcel",
            name="consignment",
            field=models.ForeignKey(
                help_text="whose it is, of an order to many",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parcels_sent",
                to="fulfilment.consignment",
            ),
        ),
    ]
