from typing import ClassVar

from django.db import migrations

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0001_initial")]
    operations: ClassVar = [AppendOnly("certificates_certificate"), AppendOnly("certificates_certifiedsum")]
