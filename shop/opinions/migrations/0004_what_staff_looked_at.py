from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F


def those_before_were_looked_at(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was shown or hidden before the desk had this list does not come to it all at once."""
    reviews = apps.get_model("opinions", "Review")._default_manager
    reviews.exclude(state="waiting").update(looked_at=F("written_at"))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("opinions", "0003_lists_show_ratings")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="review",
            name="looked_at",
            field=models.DateTimeField(help_text="when staff last looked at it", null=True),
        ),
        migrations.RunPython(those_before_were_looked_at, migrations.RunPython.noop),
    ]
