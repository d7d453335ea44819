from django.db import migrations

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):
    dependencies = [("listings", "0003_catalogue_changes")]

    operations = [MarkChanges(["listings_searchtext"])]
