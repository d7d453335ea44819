"""Read reviews: of a product, of a supplier, for the staff, and what of an order is still to be reviewed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet
from oscar.apps.order.models import Line

from shop.accounts.scope import Scope
from shop.core import clock
from shop.fulfilment.models import ParcelItem, ParcelState
from shop.opinions.review_models import TO_LOOK_AT, Review, ReviewState, ReviewSums
from shop.ordering.models import OrderRecord


@dataclass(frozen=True)
class LineToReview:
    """A line of an order: its review where there is one, and until when it can be written (None: not received)."""

    line: Line
    review: Review | None
    until: dt.datetime | None

    @property
    def is_open(self) -> bool:
        """Say whether it can be reviewed now."""
        return self.review is None and self.until is not None and clock.now() <= self.until


def shown_reviews(product_id: int) -> QuerySet[Review]:
    """Return what everyone may read about a product, the newest first."""
    return Review.objects.filter(product_id=product_id, state=ReviewState.SHOWN).order_by(
        "-written_at", "-pk"
    )


def sums_of(product_id: int) -> ReviewSums | None:
    """Return the product's sums, None while nobody has said anything. One query."""
    found = ReviewSums.objects.filter(product_id=product_id).first()
    return found if found and found.count else None


def reviews_of_suppliers(scope: Scope) -> QuerySet[Review]:
    """Return the reviews of the goods of the scope's suppliers, or all, the newest first; hidden ones too."""
    found = Review.objects.order_by("-written_at", "-pk")
    return found if scope.everything else found.filter(supplier__code__in=scope.suppliers)


def reviews_to_look_at(scope: Scope) -> QuerySet[Review]:
    """Return what staff have not looked at or visitors have reported since; nothing for a scope without everything."""
    found = reviews_of_suppliers(scope).filter(TO_LOOK_AT)
    return found if scope.everything else found.none()


def lines_to_review(record: OrderRecord) -> list[LineToReview]:
    """Return every line of an order in its order, with what can be said of it. Three queries."""
    lines = list(Line.objects.filter(shares__record=record).distinct().order_by("pk"))
    items = ParcelItem.objects.filter(share__record=record, parcel__state=ParcelState.RECEIVED)
    received = dict(items.values_list("line_id").annotate(last=Max("parcel__received_at")))
    reviews = {review.line_id: review for review in Review.objects.filter(record=record)}
    days = dt.timedelta(days=settings.REVIEW_DAYS)
    return [
        LineToReview(line, reviews.get(line.pk), received[line.pk] + days if line.pk in received else None)
        for line in lines
    ]


def to_review() -> Exists:
    """Return, for a query of order records, whether something received in time has no review."""
    since = clock.now() - dt.timedelta(days=settings.REVIEW_DAYS)
    items = ParcelItem.objects.filter(
        share__record=OuterRef("pk"),
        parcel__state=ParcelState.RECEIVED,
        parcel__received_at__gte=since,
        line__review=None,
    )
    return Exists(items)


def records_to_review(record_ids: Iterable[int]) -> set[int]:
    """Return those of the order records in which something is still to be reviewed. One query."""
    found = OrderRecord.objects.filter(to_review(), pk__in=list(record_ids))
    return set(found.values_list("pk", flat=True))
