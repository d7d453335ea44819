"""What lists say of a product's reviews (listings.rating_models)."""

from django.db import transaction
from django.db.models import F

from shop.listings.rating_models import Rating


@transaction.atomic
def note_rating(*, product_id: int, reviews: int, tenths: int) -> None:
    """Write how many reviews of a product are shown, and their average in tenths of a star, 0 without reviews.

    Every call gives the ratings another state, so that every process drops the pages that it keeps, also where only
    a text or a reply has changed. Safe to call twice.
    """
    Rating.objects.get_or_create(product_id=product_id)
    Rating.objects.filter(product_id=product_id).update(
        reviews=reviews, tenths=tenths, version=F("version") + 1
    )
