from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("buyers", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("buyer", "Buyer"),
                    ("approver", "Approver"),
                    ("acceptor", "Acceptor"),
                    ("finance", "Finance"),
                    ("owner", "Owner"),
                ],
                max_length=10,
            ),
        ),
    ]
