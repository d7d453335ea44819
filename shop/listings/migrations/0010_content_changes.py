from django.db import migrations

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):
    dependencies = [("listings", "0009_suppliers_wishes"), ("regions", "0002_content")]

    operations = [MarkChanges(["regions_banner", "regions_regionpage", "regions_story"])]
