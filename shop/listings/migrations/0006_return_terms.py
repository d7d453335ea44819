import django.db.models.deletion
from django.db import migrations, models

from shop.listings.marking import MarkChanges

RULES = [
    ("seven_days", "Seven Days"),
    ("no_return_fresh", "No Return Fresh"),
    ("no_return_cold_chain", "No Return Cold Chain"),
    ("customised", "Customised"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0005_purchase_limits"),
        ("catalogue", "0032_category_exclude_from_menu_category_long_description"),
    ]

    operations = [
        migrations.AlterField(
            model_name="listing",
            name="return_rule",
            field=models.CharField(choices=RULES, max_length=20),
        ),
        migrations.CreateModel(
            name="ReturnTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("category_slug", models.CharField(blank=True, default="", max_length=80)),
                ("rule", models.CharField(choices=RULES, max_length=20)),
                ("starts_on", models.DateField()),
                (
                    "no_reason_days",
                    models.PositiveSmallIntegerField(default=0, help_text="0: no return without cause"),
                ),
                ("claim_hours", models.PositiveSmallIntegerField(help_text="for faults")),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="return_terms",
                        to="catalogue.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("product__isnull", False)),
                        fields=("product", "starts_on"),
                        name="return_terms_of_product_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("product__isnull", True)),
                        fields=("category_slug", "rule", "starts_on"),
                        name="return_terms_of_rule_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("product__isnull", True), ("category_slug", ""), _connector="OR"
                        ),
                        name="return_terms_of_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("claim_hours__gt", 0),
                            models.Q(
                                models.Q(("no_reason_days__gt", 0), ("rule", "seven_days")),
                                models.Q(("rule", "seven_days"), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="return_terms_sane",
                    ),
                ],
            },
        ),
        MarkChanges(["listings_returnterms"]),
    ]
