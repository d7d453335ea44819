from django.db import migrations, models

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):
    dependencies = [("listings", "0010_content_changes"), ("regions", "0013_english_names")]

    operations = [
        migrations.AddField(
            model_name="certification",
            name="name_en",
            field=models.CharField(blank=True, default="", max_length=160),
        ),
        # SQLite rebuilds a table for a new column, and its triggers are gone.
        MarkChanges(["listings_certification", "regions_partnerregion", "regions_township"]),
    ]
