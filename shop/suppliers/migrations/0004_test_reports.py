from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0003_papers_for_suppliers")]

    operations = [
        migrations.AlterField(
            model_name="supplierdocument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("business_licence", "Business licence"),
                    ("food_licence", "Food production or sales licence"),
                    ("origin_proof", "Proof of origin"),
                    ("linking", "Evidence of linking farmers"),
                    ("test_report", "Test report, open to buyers once checked"),
                    ("other", "Another paper"),
                ],
                max_length=20,
            ),
        ),
    ]
