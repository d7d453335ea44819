"""Coupons that many want at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from shop.coupons.exceptions import CouponRefused
from shop.coupons.models import Campaign, Coupon
from shop.coupons.services import claim_coupon, give_back_coupon, take_again, use_coupon
from shop.storefront.closing import close_own_account
from tests.factories import make_user
from tests.factories.coupons import make_campaign, make_coupon

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
Together = Callable[..., list[Any]]


def test_eight_people_want_three_coupons(together: Together) -> None:
    campaign = make_campaign(pieces=3)
    people = [make_user(phone=f"+86138000001{number:02d}") for number in range(8)]
    results = together(
        [partial(claim_coupon, campaign_id=campaign.pk, user_id=person.pk) for person in people]
    )
    assert sorted(type(result).__name__ for result in results) == ["Coupon"] * 3 + ["CouponRefused"] * 5
    assert (Campaign.objects.get().claimed, Coupon.objects.count()) == (3, 3)


def test_one_person_claims_at_the_same_moment_and_has_one_coupon(together: Together) -> None:
    campaign, user = make_campaign(), make_user()
    results = together([partial(claim_coupon, campaign_id=campaign.pk, user_id=user.pk)] * 6)
    assert {result.pk for result in results} == {Coupon.objects.get().pk}
    assert Campaign.objects.get().claimed == 1


def test_one_coupon_is_used_for_one_of_six_orders(together: Together) -> None:
    user = make_user()
    coupon = make_coupon(user)
    results = together(
        [
            partial(
                use_coupon,
                code=coupon.code,
                user_id=user.pk,
                order_number=f"YS-{number}",
                discount_fen=2_000,
            )
            for number in range(6)
        ]
    )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, CouponRefused) for result in results) == 5


def test_two_orders_that_are_paid_late_at_the_same_moment_get_one_coupon_once(together: Together) -> None:
    user = make_user()
    coupon = make_coupon(user)
    orders = [f"YS-{number}" for number in range(4)]
    for order in orders:
        use_coupon(code=coupon.code, user_id=user.pk, order_number=order, discount_fen=2_000)
        give_back_coupon(order_number=order)
    results = together([partial(take_again, order_number=order, discount_fen=2_000) for order in orders])
    assert sorted(results) == [False, False, False, True]
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_number) == ("used", orders[results.index(True)])


def test_an_account_that_is_closed_while_it_claims_leaves_its_limit(together: Together) -> None:
    campaign, user, phone = make_campaign(), make_user(), "+8613800000009"
    type(user).objects.filter(pk=user.pk).update(phone=phone)
    claim = partial(claim_coupon, campaign_id=campaign.pk, user_id=user.pk)
    claimed, closed = together([claim, partial(close_own_account, user_id=user.pk)])
    assert closed is True
    new = make_user(phone=phone)
    if isinstance(claimed, Coupon):
        with pytest.raises(CouponRefused):
            claim_coupon(campaign_id=campaign.pk, user_id=new.pk)
    else:
        assert claimed.code == "not_open"
        claim_coupon(campaign_id=campaign.pk, user_id=new.pk)
    assert (Coupon.objects.count(), Campaign.objects.get().claimed) == (1, 1)
