from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0002_admission")]

    operations = [
        migrations.AddField(
            model_name="supplierdocument",
            name="on_behalf",
            field=models.BooleanField(default=False, help_text="staff uploaded it for the supplier"),
        ),
        migrations.AddConstraint(
            model_name="supplierdocument",
            constraint=models.CheckConstraint(
                condition=models.Q(("on_behalf", False), ("supplier__isnull", False), _connector="OR"),
                name="document_for_a_supplier",
            ),
        ),
        migrations.AlterField(
            model_name="suspension",
            name="unpaid_orders",
            field=models.CharField(
                choices=[
                    ("close", "Take its goods off them, or close them; the buyers are told"),
                    ("keep", "Keep them; once paid they are held"),
                ],
                default="close",
                max_length=5,
            ),
        ),
    ]
