from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0006_roles_that_close_months")]

    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="user", name="user_phone_or_email"),
        migrations.AddField(
            model_name="user",
            name="closed_at",
            field=models.DateTimeField(
                blank=True, help_text="since when its owner has gone: a code without a person", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("phone__isnull", False), ("email__isnull", False), ("closed_at__isnull", False), _connector="OR"
                ),
                name="user_phone_or_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    models.Q(
                        ("email__isnull", True),
                        ("first_name", ""),
                        ("is_active", False),
                        ("last_name", ""),
                        ("phone__isnull", True),
                        ("phone_verified", False),
                    ),
                    _connector="OR",
                ),
                name="user_closed_is_nobody",
            ),
        ),
    ]
