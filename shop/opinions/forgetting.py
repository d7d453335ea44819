"""What is left of a buyer's opinions when the account is closed: the words, and nobody they lead to."""

from django.db import transaction

from shop.core.locks import lock
from shop.files.selectors import files_of
from shop.files.services import remove_file
from shop.opinions.review_models import Review
from shop.opinions.reviews import PHOTO_OWNER, masked_name
from shop.opinions.sums import tell


def forget_author(*, user_id: int) -> int:
    """Take name and photos off a person's reviews, and return off how many. Safe to call twice.

    Stars and words stay: other buyers and the sums count on them, and suppliers have replied to them.
    """
    with transaction.atomic():
        reviews = lock(Review.objects.filter(author=user_id))
        own = {review.pk: review.product_id for review in reviews}
        for files in files_of(PHOTO_OWNER, map(str, own)).values():
            for file in files:
                remove_file(file=file, actor_id=None)
        Review.objects.filter(pk__in=own).update(author=None, shown_name=masked_name(""))
        for product_id in sorted(set(own.values())):
            tell(product_id)
    return len(own)
