from django.db import migrations

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):

    dependencies = [
        ("ordering", "0013_goods_of_suspended_suppliers"),
        ("listings", "0003_catalogue_changes"),
    ]

    operations = [MarkChanges(["ordering_holdrule"])]
