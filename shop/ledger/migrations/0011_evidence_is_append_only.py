from typing import ClassVar

from django.db import migrations

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0010_corrections_evidence_and_register")]
    operations: ClassVar = [AppendOnly("ledger_evidencefact"), AppendOnly("ledger_registeredkey")]
