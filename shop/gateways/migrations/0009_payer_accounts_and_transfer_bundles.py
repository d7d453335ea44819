import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("buyers", "0001_initial"),
        ("gateways", "0008_open_executions"),
    ]

    operations = [
        migrations.CreateModel(
            name="PayerAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("account", models.CharField(max_length=40)),
                (
                    "folded",
                    models.CharField(help_text="the number as numbers are compared", max_length=40),
                ),
                ("added_by", models.BigIntegerField()),
                ("added_at", models.DateTimeField()),
                ("removed_by", models.BigIntegerField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payer_accounts",
                        to="buyers.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("folded",),
                        name="payer_account_of_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("folded", ""), _negated=True),
                        name="payer_account_has_a_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferBundle",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("reference", models.CharField(max_length=80, unique=True)),
                (
                    "idempotency_key",
                    models.CharField(
                        help_text="of its orders: the same ones have one code", max_length=64, unique=True
                    ),
                ),
                ("created_by", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "attempts",
                    models.ManyToManyField(related_name="bundles", to="gateways.paymentattempt"),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfer_bundles",
                        to="buyers.organisation",
                    ),
                ),
            ],
        ),
    ]
