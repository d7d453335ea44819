"""Of reviews by notice, each once and without its words: the supplier of new and reported ones, writers of replies."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from shop.accounts.models import User
from shop.accounts.scope import SYSTEM, Scope
from shop.fulfilment.services import confirm_receipt
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.opinions.forgetting import forget_author
from shop.opinions.models import Review
from shop.opinions.review_selectors import reviews_to_look_at
from shop.opinions.reviews import (
    ReviewDraft,
    hide_review,
    reply_to_review,
    report_review,
    show_review,
    write_review,
)
from shop.outbox import relay
from shop.outbox.models import OutboxDelivery
from tests.factories import make_user
from tests.fulfilment.cast import Mixed, mixed_order, ship
from worker.routes import ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.data]
REVIEWS = {topic: routes if topic.startswith("review.") else () for topic, routes in ROUTES.items()}
TEA = Scope(suppliers=frozenset({"tea-co"}))


def received(buyer: User | None) -> Mixed:
    found = mixed_order(buyer=buyer)
    parcel = ship(found.first)
    confirm_receipt(record_id=found.record.pk, actor_id=buyer.pk if buyer else None, parcel_ids=[parcel.pk])
    return found


def write(mixed: Mixed) -> Review:
    return write_review(
        record_id=mixed.record.pk,
        line_id=mixed.tea.line.pk,
        draft=ReviewDraft(stars=2, text="有点苦"),
        actor_id=mixed.record.buyer_id,
    )


def deliver() -> None:
    while relay.drain(REVIEWS):
        pass
    assert not OutboxDelivery.objects.exclude(last_error="").exists()


def told(model: Any) -> list[str]:
    return list(model.objects.order_by("pk").values_list("kind", flat=True))


def test_the_supplier_is_told_once_of_a_review_that_is_shown() -> None:
    review = write(received(make_user()))
    deliver()
    hide_review(review_id=review.pk, reason="广告", actor_id=1)
    show_review(review_id=review.pk, actor_id=1)
    deliver()
    notice = SupplierNotice.objects.get()
    assert (notice.kind, notice.supplier.code, notice.params["path"]) == (
        "supplier_review",
        "tea-co",
        "/supplier/reviews/",
    )
    assert "黄茶" in notice.subject
    assert "有点苦" not in notice.subject + notice.body
    assert not BuyerNotice.objects.exists()


def test_a_review_that_waits_is_told_of_when_it_is_shown(settings: Any) -> None:
    settings.REVIEWS_LOOK_FIRST = True
    review = write(received(make_user()))
    deliver()
    assert told(SupplierNotice) == []
    show_review(review_id=review.pk, actor_id=1)
    deliver()
    assert told(SupplierNotice) == ["supplier_review"]


def test_a_new_and_a_reported_review_are_at_the_staffs_desk_until_they_were_looked_at() -> None:
    review = write(received(make_user()))
    assert list(reviews_to_look_at(SYSTEM)) == [review]
    show_review(review_id=review.pk, actor_id=1)
    assert list(reviews_to_look_at(SYSTEM)) == []
    for _again in range(3):
        report_review(review_id=review.pk)
    deliver()
    assert list(reviews_to_look_at(SYSTEM)) == [review]
    assert told(SupplierNotice) == ["supplier_review", "supplier_review_reported"]
    hide_review(review_id=review.pk, reason="广告", actor_id=1)
    assert list(reviews_to_look_at(SYSTEM)) == []
    report_review(review_id=review.pk)
    review.refresh_from_db()
    assert review.reports == 0


@pytest.mark.parametrize("has_account", [True, False])
def test_the_buyer_is_told_once_of_the_reply(has_account: bool) -> None:
    mixed = received(make_user() if has_account else None)
    review = write(mixed)
    for text in ("谢谢", "多谢"):
        reply_to_review(scope=TEA, review_id=review.pk, text=text, actor_id=1)
        deliver()
    notice = BuyerNotice.objects.get()
    number = mixed.record.number
    assert (notice.kind, notice.record, number in notice.body) == ("buyer_review_reply", mixed.record, True)
    assert "谢谢" not in notice.body


def test_nobody_is_told_of_a_reply_to_what_is_hidden_or_forgotten() -> None:
    buyer = make_user()
    review = write(received(buyer))
    reply_to_review(scope=TEA, review_id=review.pk, text="谢谢", actor_id=1)
    forget_author(user_id=buyer.pk)
    deliver()
    assert told(BuyerNotice) == []


def test_one_address_reports_ten_reviews_a_minute_and_no_more() -> None:
    cache.clear()
    review = write(received(make_user()))
    answers = [Client().post(f"/reviews/{review.pk}/report/").status_code for _again in range(12)]
    assert answers == [302] * 10 + [429] * 2
    review.refresh_from_db()
    assert review.reports == 10
    cache.clear()
