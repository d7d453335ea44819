from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("opinions", "0004_what_staff_looked_at")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                fields=["written_at"],
                condition=models.Q(
                    ("state", "waiting"),
                    models.Q(("reports__gt", 0), ("state", "shown")),
                    models.Q(("looked_at", None), ("state", "shown")),
                    _connector="OR",
                ),
                name="review_to_look_at",
            ),
        ),
    ]
