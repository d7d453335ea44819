from typing import ClassVar

from django.db import migrations

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [("settlement", "0001_initial")]
    operations: ClassVar = [AppendOnly("settlement_settlemententry"), AppendOnly("settlement_supplierstatement")]
