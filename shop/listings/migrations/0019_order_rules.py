import django.db.models.deletion
from django.db import migrations, models

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0032_category_exclude_from_menu_category_long_description"),
        ("listings", "0018_reports_of_goods"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("min_units", models.PositiveIntegerField(default=1, help_text="a multiple of the step")),
                ("step_units", models.PositiveIntegerField(default=1)),
                ("case_units", models.PositiveIntegerField(blank=True, help_text="in one case; null: not said", null=True)),
                ("for_residents", models.BooleanField(default=False)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="order_rules", to="catalogue.product")),
            ],
            options={
                "ordering": ["starts_on"],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "starts_on"), name="order_rule_once"),
                    models.CheckConstraint(condition=models.Q(("min_units__gte", 1), ("step_units__gte", 1), models.Q(("case_units__isnull", True), ("case_units__gte", 1), _connector="OR")), name="order_rule_sane"),
                ],
            },
        ),
        MarkChanges(["listings_orderrule"]),
    ]
