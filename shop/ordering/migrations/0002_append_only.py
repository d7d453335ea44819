from typing import ClassVar

from django.db import migrations

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ordering", "0001_initial")]
    operations: ClassVar = [AppendOnly("ordering_reduction")]
