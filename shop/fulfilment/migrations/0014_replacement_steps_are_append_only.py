from django.db import migrations

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ("fulfilment", "0013_freight_disputes_and_replacements_on_their_way"),
    ]

    operations = [AppendOnly("fulfilment_replacementstep")]
