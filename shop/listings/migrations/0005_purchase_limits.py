import django.db.models.deletion
from django.db import migrations, models

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0032_category_exclude_from_menu_category_long_description"),
        ("listings", "0004_marks_of_search_text"),
    ]

    operations = [
        migrations.CreateModel(
            name="PurchaseLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.PositiveIntegerField()),
                ("days", models.PositiveSmallIntegerField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="purchase_limits", to="catalogue.product")),
            ],
            options={
                "ordering": ["starts_on"],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "starts_on"), name="purchase_limit_once"),
                    models.CheckConstraint(condition=models.Q(("units__gte", 1), ("days__gte", 1)), name="purchase_limit_sane"),
                ],
            },
        ),
        MarkChanges(["listings_purchaselimit"]),
    ]
