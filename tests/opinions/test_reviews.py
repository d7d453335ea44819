"""Reviews: who may write one, what is refused, what the sums say, and what supplier and staff may do."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from oscar.apps.order.models import Line

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.files.models import StoredFile
from shop.files.services import encode_photos
from shop.fulfilment.services import confirm_receipt
from shop.journal.models import JournalEntry
from shop.opinions.models import Review, ReviewSums
from shop.opinions.reviews import (
    ReviewDraft,
    hide_review,
    masked_name,
    reply_to_review,
    report_review,
    show_review,
    write_review,
)
from shop.ordering.numbers import guest_token
from tests.factories import make_user
from tests.files.uploads import paper, photo
from tests.fulfilment.cast import Mixed, mixed_order, ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> User:
    return make_user()


@pytest.fixture
def mixed(buyer: User) -> Mixed:
    """Tea and honey have arrived, the pears are on their way."""
    found = mixed_order(buyer=buyer)
    parcel = ship(found.first)
    ship(found.second)
    confirm_receipt(record_id=found.record.pk, actor_id=buyer.pk, parcel_ids=[parcel.pk])
    return found


def write(mixed: Mixed, share: Any = None, *, stars: int = 5, text: str = "很香", photos: Any = ()) -> Review:
    line = (share or mixed.tea).line
    draft = ReviewDraft(stars=stars, text=text, photos=photos)
    return write_review(
        record_id=mixed.record.pk, line_id=line.pk, draft=draft, actor_id=mixed.record.buyer_id
    )


def refused(act: Any) -> tuple[str, str]:
    with pytest.raises(ShopError) as error:
        act()
    return error.value.code, error.value.field


def sums(mixed: Mixed) -> tuple[int, ...]:
    found = ReviewSums.objects.filter(product_id=mixed.tea.line.product_id).first()
    return found.by_stars if found else ()


@pytest.mark.data
def test_a_review_of_received_goods_is_shown_and_counted(mixed: Mixed) -> None:
    review = write(mixed, stars=4)
    assert (review.state, review.shown_name, review.supplier.code) == ("shown", "王**", "tea-co")
    assert sums(mixed) == (0, 0, 0, 1, 0)
    assert ReviewSums.objects.get().average == "4.0"


@pytest.mark.data
@pytest.mark.parametrize(
    ("what", "values", "refusal"),
    [
        ("pears", {}, ("not_received", "")),
        ("tea", {"stars": 6}, ("stars", "stars")),
        ("tea", {"stars": 0}, ("stars", "stars")),
        ("tea", {"text": "长" * 501}, ("too_long", "text")),
        ("tea", {"photos": tuple(photo() for _number in range(4))}, ("photos", "photos")),
        ("tea", {"photos": (paper(name="jar.jpg"),)}, ("file_kind", "file")),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    mixed: Mixed, what: str, values: dict[str, Any], refusal: tuple[str, str]
) -> None:
    assert refused(lambda: write(mixed, getattr(mixed, what), **values)) == refusal
    assert (Review.objects.count(), StoredFile.objects.count(), ReviewSums.objects.count()) == (0, 0, 0)


@pytest.mark.data
def test_a_line_is_reviewed_once_and_in_time(mixed: Mixed) -> None:
    write(mixed)
    assert refused(lambda: write(mixed, stars=1)) == ("twice", "")
    with time_machine.travel(clock.now() + dt.timedelta(days=91)):
        assert refused(lambda: write(mixed, mixed.honey)) == ("too_late", "")
    assert sums(mixed) == (0, 0, 0, 0, 1)
    assert Review.objects.count() == 1


def test_a_line_of_another_order_does_not_exist(mixed: Mixed) -> None:
    with pytest.raises(Line.DoesNotExist):
        write_review(
            record_id=mixed.record.pk, line_id=0, draft=ReviewDraft(stars=5), actor_id=mixed.record.buyer_id
        )
    assert Review.objects.count() == 0


@pytest.mark.data
def test_the_table_keeps_stars_reasons_and_replies_sound(mixed: Mixed) -> None:
    review = write(mixed)
    for change in ("stars = 6", "state = 'hidden'", "hidden_because = 'x'", "reply = 'x'"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE opinions_review SET {change} WHERE id = %s", [review.pk])


@pytest.mark.data
def test_hiding_takes_a_review_out_of_the_sums_and_the_journal_says_why(mixed: Mixed) -> None:
    review, staff = write(mixed), make_user(phone="+8613800000009")
    assert refused(lambda: hide_review(review_id=review.pk, reason=" ", actor_id=staff.pk)) == (
        "reason",
        "reason",
    )
    for _again in range(2):
        hide_review(review_id=review.pk, reason="广告", actor_id=staff.pk)
    assert sums(mixed) == (0, 0, 0, 0, 0)
    for _again in range(2):
        show_review(review_id=review.pk, actor_id=staff.pk)
    assert sums(mixed) == (0, 0, 0, 0, 1)
    entries = JournalEntry.objects.filter(object_type="review").order_by("pk")
    assert list(entries.values_list("action", "reason")) == [("review.hidden", "广告"), ("review.shown", "")]


def test_a_shop_that_looks_first_shows_a_review_after_the_look(mixed: Mixed, settings) -> None:
    settings.REVIEWS_LOOK_FIRST = True
    review = write(mixed)
    assert (review.state, sums(mixed)) == ("waiting", ())
    show_review(review_id=review.pk, actor_id=1)
    assert sums(mixed) == (0, 0, 0, 0, 1)


@pytest.mark.data
def test_only_the_own_supplier_replies_and_may_change_it_for_a_day(mixed: Mixed) -> None:
    review = write(mixed)
    own, other = Scope(suppliers=frozenset({"tea-co"})), Scope(suppliers=frozenset({"pear-co"}))
    with pytest.raises(Review.DoesNotExist):
        reply_to_review(scope=other, review_id=review.pk, text="谢谢", actor_id=2)
    assert refused(lambda: reply_to_review(scope=own, review_id=review.pk, text=" ", actor_id=1)) == (
        "required",
        "reply",
    )
    reply_to_review(scope=own, review_id=review.pk, text="谢谢", actor_id=1)
    reply_to_review(scope=own, review_id=review.pk, text="多谢", actor_id=1)
    with time_machine.travel(clock.now() + dt.timedelta(days=1, minutes=1)):
        assert refused(lambda: reply_to_review(scope=own, review_id=review.pk, text="再", actor_id=1)) == (
            "too_late",
            "reply",
        )
    review.refresh_from_db()
    assert (review.reply, review.replied_by) == ("多谢", 1)


def test_reports_bring_a_review_before_the_staff(mixed: Mixed) -> None:
    review = write(mixed)
    report_review(review_id=review.pk)
    review.refresh_from_db()
    assert review.reports == 1
    show_review(review_id=review.pk, actor_id=1)
    review.refresh_from_db()
    assert (review.reports, review.state) == (0, "shown")


@pytest.mark.parametrize(("name", "masked"), [("王芳", "王**"), ("  Smith", "S**"), ("", "***")])
def test_a_name_is_masked_to_its_first_character(name: str, masked: str) -> None:
    assert masked_name(name) == masked


def test_a_buyer_reviews_with_a_photo_and_everyone_reads_it(
    client: Client, mixed: Mixed, buyer: User
) -> None:
    client.force_login(buyer)
    number = mixed.record.number
    assert client.get("/orders/?tab=to_review").context["orders"][0]["number"] == number
    page = client.get(f"/orders/{number}/reviews/")
    assert [row["is_open"] for row in page.context["rows"]] == [True, True, False]
    address = f"/orders/{number}/reviews/{mixed.tea.line.pk}/"
    done = client.post(address, {"stars": "5", "text": "很香", "photos": photo()}, follow=True)
    assert done.redirect_chain == [(f"/orders/{number}/reviews/", 302)]
    encode_photos()
    product = mixed.tea.line.product
    html = Client().get(product.get_absolute_url()).content.decode()
    assert "很香" in html and "王**" in html and "王芳" not in html
    assert re.findall(r'"aggregateRating": \{[^}]*"ratingValue": "5.0", "reviewCount": 1', html)
    listed = Client().get(f"/reviews/{product.pk}/")
    assert [row.text for row in listed.context["rows"]] == ["很香"]
    thumb = listed.context["rows"][0].photos[0].thumb
    assert Client().get(thumb).status_code == 200
    assert Client().get(f"/reviews/{product.pk}/?stars=1").context["rows"] == ()


def test_a_refusal_is_said_at_its_field_and_nothing_is_written(
    client: Client, mixed: Mixed, buyer: User
) -> None:
    client.force_login(buyer)
    address = f"/orders/{mixed.record.number}/reviews/{mixed.tea.line.pk}/"
    four = [photo(name=f"{number}.jpg") for number in range(4)]
    for sent, field in (
        ({"stars": ""}, "stars"),
        ({"stars": "5", "text": "长" * 501}, "text"),
        ({"stars": "5", "photos": four}, "photos"),
    ):
        page = client.post(address, sent)
        assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    pears = client.post(
        f"/orders/{mixed.record.number}/reviews/{mixed.pears.line.pk}/", {"stars": "5"}
    ).context["form"]
    assert pears.non_field_errors() == ["确认收货后才能评价。"]
    assert (Review.objects.count(), StoredFile.objects.count()) == (0, 0)
    stranger = Client()
    stranger.force_login(make_user(phone="+8613800000002"))
    assert stranger.post(address, {"stars": "5"}).status_code == 404


def test_a_guest_reviews_by_the_orders_link(client: Client) -> None:
    found = mixed_order(buyer=None)
    ship(found.first)
    confirm_receipt(record_id=found.record.pk, actor_id=None)
    number = found.record.number
    address = f"/orders/{number}/reviews/{found.tea.line.pk}/"
    assert client.post(address, {"stars": "5"}).status_code == 404
    client.get(f"/o/{number}/{guest_token(number)}/")
    assert client.post(address, {"stars": "3"}).status_code == 302
    review = Review.objects.get()
    assert (review.stars, review.author_id) == (3, None)


def test_a_product_without_reviews_says_that_there_are_none(client: Client, mixed: Mixed) -> None:
    html = client.get(mixed.tea.line.product.get_absolute_url()).content.decode()
    assert "aggregateRating" not in html
    assert html.count('id="reviews"') == 1
    assert "还没有评价。收到货的买家可以来写第一条。" in html


def test_supplier_and_staff_have_their_pages(client: Client, mixed: Mixed) -> None:
    cache.clear()
    review = write(mixed)
    client.post(f"/reviews/{review.pk}/report/")
    client.post(f"/reviews/{review.pk}/report/")
    review.refresh_from_db()
    assert review.reports == 1
    staff = make_user(phone="+8613800000003", grants=[(Role.STAFF, ScopeKind.ALL, "")])
    client.force_login(staff)
    assert [row["review"] for row in client.get("/dashboard/reviews/").context["rows"]] == [review]
    client.post(f"/dashboard/reviews/{review.pk}/show/")
    assert client.get("/dashboard/reviews/").context["rows"] == []
    assert [row["title"] for row in client.get("/dashboard/reviews/?tab=all").context["rows"]] == ["黄茶"]
    client.force_login(
        make_user(phone="+8613800000004", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")])
    )
    assert [row["review"] for row in client.get("/supplier/reviews/").context["rows"]] == [review]
    client.post(f"/supplier/reviews/{review.pk}/reply/", {"reply": "谢谢"})
    assert "谢谢" in Client().get(f"/reviews/{review.product_id}/").content.decode()
