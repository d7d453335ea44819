from typing import ClassVar

from django.db import migrations

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [("invoicing", "0001_initial")]
    operations: ClassVar = [AppendOnly("invoicing_invoice"), AppendOnly("invoicing_invoiceline")]
