from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

#: What the product pages promised before terms were kept: days without cause, hours to claim a fault.
PROMISED = {"seven_days": (7, 360), "no_return_fresh": (0, 24), "no_return_cold_chain": (0, 24)}


def keep_what_was_promised(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the shares of earlier orders the terms of their product's rule; of goods that are gone, the usual one."""
    shares = apps.get_model("ordering", "LineShare").objects
    rules = apps.get_model("listings", "Listing").objects.values_list("product_id", "return_rule")
    by_rule: dict[str, list[int]] = {}
    for product_id, rule in rules:
        by_rule.setdefault(rule if rule in PROMISED else "seven_days", []).append(product_id)
    days, hours = PROMISED["seven_days"]
    usual = {"rule": "seven_days", "no_reason_days": days, "claim_hours": hours}
    shares.update(return_terms=usual)
    for rule, products in by_rule.items():
        days, hours = PROMISED[rule]
        kept = {"rule": rule, "no_reason_days": days, "claim_hours": hours}
        if kept != usual:
            shares.filter(line__product_id__in=products).update(return_terms=kept)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ordering", "0010_stock_files"), ("listings", "0006_return_terms")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="refundrequest",
            name="of_return",
            field=models.CharField(
                blank=True,
                default="",
                help_text="case that decides it",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="lineshare",
            name="return_terms",
            field=models.JSONField(default=dict, help_text="in force when it was placed"),
        ),
        migrations.RunPython(keep_what_was_promised, migrations.RunPython.noop),
    ]
