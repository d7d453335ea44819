import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0004_test_reports")]

    operations = [
        migrations.CreateModel(
            name="SupplierIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "credit_code",
                    models.CharField(help_text="统一社会信用代码 (GB 32100-2015)", max_length=18),
                ),
                ("legal_person", models.CharField(blank=True, default="", max_length=60)),
                ("address", models.CharField(blank=True, default="", max_length=120)),
                (
                    "phone",
                    models.CharField(blank=True, default="", help_text="as invoices print it", max_length=20),
                ),
                ("saved_by", models.BigIntegerField(null=True)),
                ("saved_at", models.DateTimeField()),
                (
                    "supplier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity",
                        to="suppliers.supplier",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "supplier identities",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("credit_code", ""), _negated=True),
                        name="supplier_identity_has_credit_code",
                    )
                ],
            },
        ),
    ]
