"""Who is told of reviews: the supplier of a new one and of one that is reported, the buyer of the reply; each once.

Not a word of what was written is in a notice: it may be hidden by then, and stands on the page.
"""

from django.urls import reverse

from shop.listings.models import Listing
from shop.notifications.services import write_buyer_notice, write_supplier_notice
from shop.opinions.models import Review, ReviewState
from shop.ordering.selectors import is_link_over
from shop.outbox.events import Event


def notify_supplier_of_review(event: Event) -> None:
    """On `review.shown`: the supplier of the goods, unless it is hidden again; showing it anew tells nobody."""
    _tell_supplier(event, "supplier_review")


def notify_supplier_of_report(event: Event) -> None:
    """On `review.reported`: the supplier of the goods, once for a review, while it is shown."""
    _tell_supplier(event, "supplier_review_reported")


def notify_buyer_of_reply(event: Event) -> None:
    """On `review.replied`: who wrote the review, while it is shown; nobody whose account is closed."""
    review = _review(event)
    record = review.record
    if review.state != ReviewState.SHOWN or (record.buyer_id is not None and review.author_id is None):
        return
    # A guest's link has to open the order first, and it does so for a time only: a reply may come later.
    if record.buyer_id is None and is_link_over(record):
        return
    page = reverse("storefront:order_reviews", args=[record.number]) if record.buyer_id else ""
    write_buyer_notice(key=f"review:{review.pk}:reply", kind="buyer_review_reply", record=record, page=page)


def _tell_supplier(event: Event, kind: str) -> None:
    review = _review(event)
    if review.state != ReviewState.SHOWN:
        return
    write_supplier_notice(
        key=f"review:{review.pk}:{kind}",
        kind=kind,
        record=None,
        supplier=review.supplier,
        facts={
            "number": Listing.objects.get(product=review.product_id).name_zh,
            "path": reverse("opinions:own_reviews"),
        },
    )


def _review(event: Event) -> Review:
    found = Review.objects.select_related("supplier", "record__buyer")
    return found.get(pk=event.payload["review_id"])
