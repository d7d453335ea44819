from django.db import migrations, models

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0002_search_tokens_on_postgresql"),
        ("catalogue", "0032_category_exclude_from_menu_category_long_description"),
        ("regions", "0001_initial"),
        ("suppliers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CatalogueChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("mark", models.BigIntegerField()),
            ],
        ),
        MarkChanges(
            [
                "catalogue_category",
                "catalogue_product",
                "listings_categoryname",
                "listings_certification",
                "listings_certification_products",
                "listings_foodlabel",
                "listings_freightrate",
                "listings_freighttemplate",
                "listings_listing",
                "listings_pricetier",
                "listings_productorigin",
                "listings_productpicture",
                "regions_pairing",
                "regions_partnerregion",
                "regions_programme",
                "regions_township",
                "suppliers_supplier",
            ]
        ),
    ]
