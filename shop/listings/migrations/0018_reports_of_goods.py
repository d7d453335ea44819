import django.db.models.deletion
from django.db import migrations, models

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0017_products_of_a_word"),
        ("suppliers", "0004_test_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProductReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("named_by", models.BigIntegerField()),
                ("named_at", models.DateTimeField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="suppliers.supplierdocument",
                    ),
                ),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="listings.listing",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("listing", "document"), name="report_of_product_once")
                ],
            },
        ),
        MarkChanges(["listings_productreport"]),
    ]
