"""The sums of a product's stars, and what lists show of them; called inside the reviews' transactions."""

from django.db.models import F

from shop.core.locks import lock
from shop.listings.services import note_rating
from shop.opinions.review_models import Review, ReviewSums

#: The columns of the sums by stars.
_COLUMNS = ("ones", "twos", "threes", "fours", "fives")


def count(review: Review, more: int) -> None:
    """Count a review that is shown from now on (1), or no longer (-1), and let every page see it."""
    column = _COLUMNS[review.stars - 1]
    ReviewSums.objects.get_or_create(product_id=review.product_id)
    # The row stays locked to the end of the transaction, so that what is told below is the sum of all.
    ReviewSums.objects.filter(product_id=review.product_id).update(**{column: F(column) + more})
    tell(review.product_id)


def tell(product_id: int) -> None:
    """Let every page see that what is said of a product is no longer so: a number, a name, a photo or a reply."""
    # Locked, so that nobody counts another review between what is read here and what is told.
    sums = lock(ReviewSums.objects.filter(product_id=product_id)).first()
    if sums is not None:
        note_rating(product_id=product_id, reviews=sums.count, tenths=sums.tenths)
