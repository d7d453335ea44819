from django.db import migrations

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):

    dependencies = [
        ("fulfilment", "0014_replacement_steps_are_append_only"),
        ("listings", "0003_catalogue_changes"),
    ]

    operations = [MarkChanges(["fulfilment_fulfilmentrule"])]
