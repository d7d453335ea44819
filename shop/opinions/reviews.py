"""Write, reply to, report, show and hide reviews. Each keeps the product's sums of stars in the same transaction."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _
from oscar.apps.order.models import Line

from shop.accounts.closing import hold_open
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.files.models import FileKind
from shop.files.services import store_file
from shop.fulfilment.models import ParcelItem, ParcelState
from shop.journal.services import record as journal
from shop.opinions.exceptions import ReviewRefused
from shop.opinions.review_models import REASON_LENGTH, TEXT_LENGTH, Review, ReviewState
from shop.opinions.review_selectors import reviews_of_suppliers
from shop.opinions.sums import count, tell
from shop.ordering.models import OrderRecord
from shop.outbox.services import append

MOST_PHOTOS = 3
#: How shop.files knows whose photos they are.
PHOTO_OWNER = "review"
REPLY_MAY_CHANGE = dt.timedelta(days=1)


@dataclass(frozen=True)
class ReviewDraft:
    """What a buyer says: one to five stars, a text that may be empty, up to three photos."""

    stars: int
    text: str = ""
    photos: Sequence["UploadedFile[Any]"] = field(default_factory=tuple)


@transaction.atomic
def write_review(*, record_id: int, line_id: int, draft: ReviewDraft, actor_id: int | None) -> Review:
    """Write the one review of an order's line that has been received; photos are encoded anew by the worker.

    It is shown at once, or after a look where the shop asks for one. Raises
    Line.DoesNotExist for a line that is not of the order, ReviewRefused (stars, too_long, photos, twice,
    not_received, too_late) and FileRefused; nothing is written then.
    """
    buyer_id = OrderRecord.objects.values_list("buyer_id", flat=True).get(pk=record_id)
    if not hold_open(user_id=buyer_id):
        raise ReviewRefused(_("Its owner has closed this account for good."), code="account_closed")
    record = lock(OrderRecord.objects.filter(pk=record_id)).get()
    line = Line.objects.get(pk=line_id, shares__record=record)
    _require_sound(draft)
    if Review.objects.filter(line=line).exists():
        raise ReviewRefused(_("You have reviewed these goods already."), code="twice")
    _require_received(line)
    share = line.shares.select_related("supplier")[0]
    review = Review.objects.create(
        line=line,
        record=record,
        product_id=line.product_id,
        supplier=share.supplier,
        author_id=record.buyer_id,
        shown_name=masked_name(record.recipient_name),
        stars=draft.stars,
        text=_as_stored(draft.text),
        state=ReviewState.WAITING if settings.REVIEWS_LOOK_FIRST else ReviewState.SHOWN,
        written_at=clock.now(),
        demo=record.demo,
    )
    for photo in draft.photos:
        store_file(
            upload=photo,
            kind=FileKind.PHOTO,
            owner_type=PHOTO_OWNER,
            owner_key=str(review.pk),
            uploaded_by=actor_id,
            account=f"order:{record.number}",
        )
    if review.state == ReviewState.SHOWN:
        count(review, 1)
        _tell("review.shown", review)
    return review


@transaction.atomic
def show_review(*, review_id: int, actor_id: int) -> Review:
    """Show a review that waits or was hidden, or leave a new or reported one; journalled. Safe to call twice."""
    review = _locked(review_id)
    before = review.state
    if before == ReviewState.SHOWN and not review.reports and review.looked_at is not None:
        return review
    review.state, review.hidden_because, review.reports = ReviewState.SHOWN, "", 0
    review.looked_at = clock.now()
    review.save(update_fields=["state", "hidden_because", "reports", "looked_at"])
    if before != ReviewState.SHOWN:
        count(review, 1)
        _tell("review.shown", review)
    _note(review, "review.shown", before, actor_id)
    return review


@transaction.atomic
def hide_review(*, review_id: int, reason: str, actor_id: int) -> Review:
    """Take a review off the shop's pages and out of the sums; its row stays; journalled. Safe to call twice.

    Raises ReviewRefused when the reason is missing or too long.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise ReviewRefused(
            _("Please give a reason of at most %(most)d characters.") % {"most": REASON_LENGTH},
            code="reason",
            field="reason",
        )
    review = _locked(review_id)
    before = review.state
    if before == ReviewState.HIDDEN:
        return review
    review.state, review.hidden_because, review.reports = ReviewState.HIDDEN, reason, 0
    review.looked_at = clock.now()
    review.save(update_fields=["state", "hidden_because", "reports", "looked_at"])
    if before == ReviewState.SHOWN:
        count(review, -1)
    _note(review, "review.hidden", before, actor_id, reason)
    return review


@transaction.atomic
def report_review(*, review_id: int) -> None:
    """Count that a visitor finds a shown review out of place; staff look at it. A page lets each visitor do it once.

    The first report since staff looked is told of.
    """
    review = lock(Review.objects.filter(pk=review_id, state=ReviewState.SHOWN)).first()
    if review is None:
        return
    Review.objects.filter(pk=review.pk).update(reports=F("reports") + 1)
    if not review.reports:
        _tell("review.reported", review)


@transaction.atomic
def reply_to_review(*, scope: Scope, review_id: int, text: str, actor_id: int) -> Review:
    """Write the supplier's reply to a shown review of its own goods; within a day it may be written anew.

    Raises Review.DoesNotExist outside the scope and for one that is not shown, ReviewRefused (required, too_long,
    too_late); nothing is written then.
    """
    text = _as_stored(text)
    if not text:
        raise ReviewRefused(_("Please write a reply."), code="required", field="reply")
    _require_length(text, "reply")
    own = reviews_of_suppliers(scope).filter(state=ReviewState.SHOWN)
    review = lock(Review.objects.filter(pk__in=own.filter(pk=review_id).values("pk"))).get()
    now, is_first = clock.now(), review.replied_at is None
    if review.replied_at is not None and now > review.replied_at + REPLY_MAY_CHANGE:
        raise ReviewRefused(
            _("A reply can be changed for one day; this one stands."), code="too_late", field="reply"
        )
    review.reply, review.replied_by = text, actor_id
    review.replied_at = review.replied_at or now
    review.save(update_fields=["reply", "replied_by", "replied_at"])
    tell(review.product_id)
    if is_first:
        _tell("review.replied", review)
    return review


def masked_name(name: str) -> str:
    """Return how a buyer is named in public: the first character, never more."""
    return f"{name.strip()[:1] or '*'}**"


def _require_sound(draft: ReviewDraft) -> None:
    if draft.stars not in range(1, 6):
        raise ReviewRefused(_("Please choose one to five stars."), code="stars", field="stars")
    _require_length(_as_stored(draft.text), "text")
    if len(draft.photos) > MOST_PHOTOS:
        raise ReviewRefused(
            _("At most %(most)d photos, please.") % {"most": MOST_PHOTOS}, code="photos", field="photos"
        )


def _as_stored(text: str) -> str:
    """Return a text without the second sign that browsers send for the end of a line."""
    return text.replace("\r\n", "\n").strip()


def _require_length(text: str, name: str) -> None:
    if len(text) > TEXT_LENGTH:
        raise ReviewRefused(
            _("At most %(most)d characters fit here.") % {"most": TEXT_LENGTH}, code="too_long", field=name
        )


def _require_received(line: Line) -> None:
    received = ParcelItem.objects.filter(line=line, parcel__state=ParcelState.RECEIVED)
    last = received.aggregate(last=Max("parcel__received_at"))["last"]
    if last is None:
        raise ReviewRefused(
            _("These goods can be reviewed once they have been received."), code="not_received"
        )
    if clock.now() > last + dt.timedelta(days=settings.REVIEW_DAYS):
        raise ReviewRefused(
            _("Goods can be reviewed for %(days)d days after they were received; that time is over.")
            % {"days": settings.REVIEW_DAYS},
            code="too_late",
        )


def _locked(review_id: int) -> Review:
    return lock(Review.objects.filter(pk=review_id)).get()


def _tell(topic: str, review: Review) -> None:
    append(
        topic=topic,
        stream=f"review:{review.pk}",
        payload={"review_id": review.pk},
        occurred_at=clock.now(),
    )


def _note(review: Review, action: str, before: str, actor_id: int, reason: str = "") -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="review",
        object_key=str(review.pk),
        before={"state": before},
        after={"state": review.state},
        reason=reason,
    )
