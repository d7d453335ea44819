from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0007_closed_by_their_owners")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document", models.CharField(help_text="privacy or terms", max_length=20)),
                ("version", models.CharField(max_length=20)),
                ("given_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "document", "version"), name="consent_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("document__in", ["privacy", "terms"]), models.Q(("version", ""), _negated=True)
                        ),
                        name="consent_to_a_version",
                    ),
                ],
            },
        ),
        AppendOnly("accounts_consent"),
    ]
