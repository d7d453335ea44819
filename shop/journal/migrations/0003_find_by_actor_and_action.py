from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("journal", "0002_append_only")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(fields=["actor_id", "-id"], name="journal_actor"),
        ),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(fields=["action", "-id"], name="journal_action"),
        ),
    ]
