from django.db import migrations

from shop.listings.fulltext import IndexTokens


class Migration(migrations.Migration):
    dependencies = [("listings", "0012_share_pictures")]

    operations = [IndexTokens()]
