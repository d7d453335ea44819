from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procurement", "0003_acceptance_by_part_with_photos")]

    operations = [
        migrations.AlterField(
            model_name="purchaserequest",
            name="pay_by",
            field=models.CharField(
                choices=[
                    ("transfer", "Bank transfer before shipping"),
                    ("online", "Online before shipping"),
                    ("terms", "After acceptance, on approved terms"),
                ],
                default="transfer",
                max_length=10,
            ),
        ),
    ]
