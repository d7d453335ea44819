import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("buyers", "0001_initial"),
        ("catalogue", "0032_category_exclude_from_menu_category_long_description"),
        ("listings", "0019_order_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("proposed", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("withdrawn", "Taken back"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("file_name", models.CharField(max_length=120)),
                ("digest", models.CharField(help_text="of the rows", max_length=64)),
                ("columns", models.JSONField(default=dict, help_text="what the file calls its columns")),
                ("rows", models.JSONField(help_text="[row, sku, price, from which quantity] as texts, in file order")),
                ("created_by", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("proposed_by", models.BigIntegerField(null=True)),
                ("proposed_at", models.DateTimeField(null=True)),
                ("decided_by", models.BigIntegerField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("units", models.ManyToManyField(related_name="price_lists", to="buyers.organisation")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("decided_by", None), models.Q(("decided_by", models.F("proposed_by")), _negated=True), _connector="OR"), name="price_list_four_eyes"),
                    models.CheckConstraint(condition=models.Q(models.Q(("state__in", ["proposed", "approved", "refused"]), _negated=True), models.Q(("proposed_at__isnull", False), ("proposed_by__isnull", False)), _connector="OR"), name="price_list_proposed"),
                    models.CheckConstraint(condition=models.Q(models.Q(("state__in", ["approved", "refused"]), _negated=True), models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)), _connector="OR"), name="price_list_decided"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceListRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("min_quantity", models.PositiveIntegerField(default=1)),
                ("price_fen", models.BigIntegerField()),
                ("price_list", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="prices", to="listings.pricelist")),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="agreed_prices", to="catalogue.product")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("price_list", "product", "min_quantity"), name="price_list_row_once"),
                    models.CheckConstraint(condition=models.Q(("min_quantity__gte", 1), ("price_fen__gt", 0)), name="price_list_row_sane"),
                ],
            },
        ),
    ]
