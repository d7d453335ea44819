import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("ordering", "0009_lots_places_and_alerts"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("rows", models.JSONField()),
                ("uploaded_at", models.DateTimeField()),
                ("applied_by", models.BigIntegerField(null=True)),
                ("applied_at", models.DateTimeField(null=True)),
                ("changed", models.PositiveIntegerField(default=0, help_text="balances that it changed")),
                ("uploaded_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="stock_files", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["-uploaded_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("applied_at__isnull", True), ("applied_by__isnull", True)),
                            models.Q(("applied_at__isnull", False), ("applied_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="stock_file_applied_by_somebody",
                    )
                ],
            },
        ),
    ]
