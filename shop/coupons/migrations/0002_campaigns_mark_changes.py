from django.db import migrations

from shop.listings.marking import MarkChanges


class Migration(migrations.Migration):

    dependencies = [
        ("coupons", "0001_campaigns_and_coupons"),
        ("listings", "0003_catalogue_changes"),
    ]

    operations = [
        # Everything but the number of claimed coupons: the claim of the last one marks the change itself.
        MarkChanges(
            ["coupons_campaign"],
            columns=[
                "id",
                "name",
                "kind",
                "off_fen",
                "percent",
                "cap_fen",
                "minimum_fen",
                "scope",
                "region_id",
                "supplier_id",
                "borne_by",
                "begins_on",
                "ends_on",
                "pieces",
                "person_limit",
                "state",
                "created_by",
                "created_at",
                "approved_by",
                "approved_at",
                "ended_at",
                "demo",
            ],
        ),
        MarkChanges(["coupons_campaign_products"]),
    ]
