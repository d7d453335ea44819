"""An account that is closed in the very moment in which something of its owner is written."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache

from shop.conversations.about import about_order
from shop.conversations.exceptions import TalkRefused
from shop.conversations.models import Conversation, MessageText
from shop.conversations.services import Words, start_conversation
from shop.core.exceptions import ShopError
from shop.fulfilment.services import confirm_receipt
from shop.opinions.exceptions import ReviewRefused
from shop.opinions.review_models import Review
from shop.opinions.reviews import ReviewDraft, write_review
from shop.ordering.exceptions import CannotPlace
from shop.ordering.models import OrderRecord
from shop.ordering.quotes import quote_basket
from shop.storefront.closing import close_own_account
from tests.factories import RECIPIENT, make_basket, make_hold_rules, make_product, make_user
from tests.factories.orders import place_basket
from tests.fulfilment.returns_cast import delivered

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
Together = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


@pytest.mark.parametrize("_round", range(3))
def test_no_word_outlives_the_account(together: Together, _round: int) -> None:
    person = make_user()
    mixed = delivered(buyer=person)
    confirm_receipt(record_id=mixed.record.pk, actor_id=person.pk)
    about = about_order(record=mixed.record)
    assert about is not None
    write = [
        partial(start_conversation, about=about, words=Words("在吗", f"k{n}"), actor_id=person.pk)
        for n in range(5)
    ]
    closed, *written = together([partial(close_own_account, user_id=person.pk), *write])
    assert closed is True
    assert all(isinstance(result, Conversation | TalkRefused) for result in written)
    assert not MessageText.objects.exists()
    assert not Conversation.objects.filter(erased_at=None).exists()


@pytest.mark.parametrize("_round", range(3))
def test_no_review_has_an_author_who_is_gone(together: Together, _round: int) -> None:
    person = make_user()
    mixed = delivered(buyer=person)
    confirm_receipt(record_id=mixed.record.pk, actor_id=person.pk)
    lines = [share.line_id for share in mixed.record.shares.all()]
    write = [
        partial(
            write_review,
            record_id=mixed.record.pk,
            line_id=line,
            draft=ReviewDraft(5, "好"),
            actor_id=person.pk,
        )
        for line in lines
    ]
    closed, *written = together([partial(close_own_account, user_id=person.pk), *write])
    assert closed is True
    assert all(isinstance(result, Review | ReviewRefused) for result in written)
    assert set(Review.objects.values_list("author", "shown_name")) <= {(None, "***")}


@pytest.mark.parametrize("_round", range(3))
def test_an_order_is_placed_or_the_account_is_closed(together: Together, _round: int) -> None:
    person = make_user()
    make_hold_rules()
    basket = make_basket(lines=[(make_product(), 1)], owner=person)
    quote = quote_basket(basket=basket, province=RECIPIENT.province)
    closed, placed = together(
        [
            partial(close_own_account, user_id=person.pk),
            partial(place_basket, basket, buyer=person, quoted=quote),
        ]
    )
    person.refresh_from_db()
    if closed is True:
        assert isinstance(placed, CannotPlace)
        assert placed.code == "account_closed"
        assert not OrderRecord.objects.exists()
    else:
        assert isinstance(closed, ShopError)
        assert person.closed_at is None
        assert OrderRecord.objects.get().buyer_id == person.pk
