import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ordering", "0014_hold_rules_mark_the_shelf"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipient_name", models.CharField(max_length=60)),
                ("phone", models.CharField(help_text="E.164", max_length=20)),
                ("province", models.CharField(max_length=20)),
                ("city", models.CharField(max_length=40)),
                ("county", models.CharField(max_length=40)),
                ("street", models.CharField(max_length=200)),
                ("is_default", models.BooleanField(default=False)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_addresses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-is_default", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("owner",),
                        name="saved_address_one_default",
                    ),
                    models.UniqueConstraint(
                        fields=("owner", "recipient_name", "phone", "province", "city", "county", "street"),
                        name="saved_address_once",
                    ),
                ],
            },
        ),
    ]
