from typing import ClassVar

from django.db import migrations

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [("conversations", "0001_asked_and_answered")]
    operations: ClassVar = [
        AppendOnly("conversations_message"),
        AppendOnly("conversations_messagetext", erasable=True),
    ]
