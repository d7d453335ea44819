from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def name_the_unit(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Until now every order named its unit; requests under way go on so."""
    for request in apps.get_model("procurement", "PurchaseRequest").objects.select_related("organisation"):
        request.invoice_title = request.organisation.name
        request.invoice_tax_number = request.organisation.credit_code
        request.save(update_fields=["invoice_title", "invoice_tax_number"])


class Migration(migrations.Migration):
    dependencies = [("procurement", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="purchaserequest",
            name="invoice_title",
            field=models.CharField(
                blank=True, default="", help_text="to whom it is made out; empty: none is wanted", max_length=80
            ),
        ),
        migrations.AddField(
            model_name="purchaserequest",
            name="invoice_tax_number",
            field=models.CharField(blank=True, default="", max_length=18),
        ),
        migrations.AddField(
            model_name="purchaserequest",
            name="invoice_email",
            field=models.CharField(blank=True, default="", max_length=254),
        ),
        migrations.RunPython(name_the_unit, migrations.RunPython.noop, elidable=True),
    ]
