"""Reviews as pages show them. What the page of a product says of them is remembered until it is no longer so."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.urls import reverse

from shop.core import clock
from shop.files.links import ShownFile, shown
from shop.files.selectors import files_of
from shop.listings.selectors import Shelf, Standing
from shop.opinions.review_models import Review, ReviewSums
from shop.opinions.review_selectors import shown_reviews, sums_of
from shop.opinions.reviews import PHOTO_OWNER, REPLY_MAY_CHANGE

NEWEST = 3


@dataclass(frozen=True)
class Rating:
    """The average with one decimal, and how many gave stars."""

    average: str
    count: int


class ShownReview(NamedTuple):
    """A review with its photos, whose addresses live for minutes."""

    pk: int
    name: str
    stars: int
    text: str
    written_on: dt.date
    reply: str
    photos: tuple[ShownFile, ...]
    is_demo: bool


def reviews_of(product_id: int, shelf: Shelf, standing: Standing) -> dict[str, Any]:
    """Return `rating` and `reviews` for a product's page: the sums and the newest.

    Three queries after a change, which the standing tells, and once a minute, because photos' addresses end.
    """
    if not standing.version:
        return {"rating": None, "reviews": None}
    state = (clock.now().replace(second=0, microsecond=0), standing.version)
    kept: dict[tuple[dt.datetime, int], dict[str, Any]] = shelf.remember(("reviews", product_id), dict)
    found = kept.get(state)
    if found is None:
        kept.clear()
        found = kept[state] = _read(product_id)
    return found


def _read(product_id: int) -> dict[str, Any]:
    sums = sums_of(product_id)
    if sums is None:
        return {"rating": None, "reviews": None}
    found = {
        "rows": shown_rows(shown_reviews(product_id)[:NEWEST]),
        "url": reverse("storefront:product_reviews", args=[product_id]),
        **figures(sums),
    }
    return {"rating": Rating(sums.average, sums.count), "reviews": found}


def figures(sums: ReviewSums) -> dict[str, Any]:
    """Return the sums for shop/storefront/_review_sums.html, five stars first."""
    many = list(enumerate(sums.by_stars, start=1))
    return {"average": sums.average, "count": sums.count, "by_stars": many[::-1]}


def shown_rows(found: Iterable[Review]) -> tuple[ShownReview, ...]:
    """Return reviews with their photos, for whoever reads the page. Two queries."""
    rows = list(found)
    photos = files_of(PHOTO_OWNER, [str(row.pk) for row in rows]) if rows else {}
    return tuple(
        ShownReview(
            pk=row.pk,
            name=row.shown_name,
            stars=row.stars,
            text=row.text,
            written_on=clock.local_date(row.written_at),
            reply=row.reply,
            photos=tuple(shown(photos.get(str(row.pk), []), user_id=None)),
            is_demo=row.demo,
        )
        for row in rows
    )


def reply_is_open(review: Review) -> bool:
    """Say whether the supplier may write the reply, or write it anew."""
    return review.replied_at is None or clock.now() <= review.replied_at + REPLY_MAY_CHANGE
