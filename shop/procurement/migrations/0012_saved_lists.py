import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("buyers", "0001_initial"),
        ("procurement", "0011_leads"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("rows", models.JSONField(help_text="[sku, units], in the order they were added")),
                ("made_by", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                ("organisation", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="saved_lists", to="buyers.organisation")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation", "name"), name="saved_list_once")],
            },
        ),
    ]
