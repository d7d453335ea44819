from django.db import migrations

from shop.core.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ("fulfilment", "0007_what_couriers_tell"),
    ]

    operations = [AppendOnly("fulfilment_trackingevent")]
