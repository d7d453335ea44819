from django.db import migrations


def show(apps, schema_editor):
    """Write what lists show of the reviews that there are."""
    Rating = apps.get_model("listings", "Rating")
    for sums in apps.get_model("opinions", "ReviewSums").objects.all():
        stars = (sums.ones, sums.twos, sums.threes, sums.fours, sums.fives)
        count = sum(stars)
        total = sum(number * many for number, many in enumerate(stars, start=1))
        tenths = (total * 20 + count) // (count * 2) if count else 0
        Rating.objects.create(product_id=sums.product_id, reviews=count, tenths=tenths, version=1)


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0015_what_lists_show_of_reviews"),
        ("opinions", "0002_reviews"),
    ]

    operations = [migrations.RunPython(show, migrations.RunPython.noop)]
