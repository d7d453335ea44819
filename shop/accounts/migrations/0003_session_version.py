from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0002_organisation_roles")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="user",
            name="session_version",
            # What the processes of before an update write has none.
            field=models.PositiveIntegerField(default=0, db_default=0),
        ),
    ]
