"""Whoever closes an account and opens another gets no more coupons of a campaign than anybody else."""

import datetime as dt

import pytest
import time_machine

from shop.core import clock
from shop.coupons.closed_claims import digest_of
from shop.coupons.exceptions import CouponRefused
from shop.coupons.models import Campaign, ClosedClaim, Coupon
from shop.coupons.services import claim_coupon, lapse_coupons_of, lapse_due_coupons
from shop.storefront.closing import close_own_account
from tests.factories import make_user
from tests.factories.coupons import make_campaign

pytestmark = [pytest.mark.django_db, pytest.mark.data]
PHONE = "+8613800000001"


def refused(campaign: Campaign, user_id: int, number: int = 1) -> str:
    before = Coupon.objects.count()
    with pytest.raises(CouponRefused) as told:
        claim_coupon(campaign_id=campaign.pk, user_id=user_id, number=number)
    assert Coupon.objects.count() == before
    return told.value.code


def test_a_new_account_goes_on_where_the_closed_one_ended() -> None:
    once, thrice = make_campaign(), make_campaign(person_limit=3)
    first = make_user(phone=PHONE)
    for campaign, number in ((once, 1), (thrice, 1), (thrice, 2)):
        claim_coupon(campaign_id=campaign.pk, user_id=first.pk, number=number)
    close_own_account(user_id=first.pk)
    second = make_user(phone=PHONE, name="新账号")
    assert refused(once, second.pk) == "limit"
    claim_coupon(campaign_id=thrice.pk, user_id=second.pk)
    assert refused(thrice, second.pk, number=2) == "limit"
    close_own_account(user_id=second.pk)
    third = make_user(phone=PHONE)
    assert (refused(once, third.pk), refused(thrice, third.pk)) == ("limit", "limit")
    stranger = make_user(phone="+8613800000002")
    assert claim_coupon(campaign_id=once.pk, user_id=stranger.pk).number == 1


def test_a_closed_account_claims_nothing_and_is_counted_once() -> None:
    campaign, other = make_campaign(person_limit=5), make_campaign()
    user = make_user(phone=PHONE)
    claim_coupon(campaign_id=campaign.pk, user_id=user.pk)
    for _twice in range(2):
        lapse_coupons_of(user_id=user.pk)
    assert list(ClosedClaim.objects.values_list("campaign", "coupons")) == [(campaign.pk, 1)]
    close_own_account(user_id=user.pk)
    assert ClosedClaim.objects.get().coupons == 1
    assert refused(other, user.pk) == "not_open"


def test_what_is_kept_names_nobody_and_goes_with_the_campaign() -> None:
    short, long = make_campaign(ends_on=clock.today()), make_campaign()
    user = make_user(phone=PHONE)
    for campaign in (short, long):
        claim_coupon(campaign_id=campaign.pk, user_id=user.pk)
    close_own_account(user_id=user.pk)
    rows = list(ClosedClaim.objects.values_list("digest", flat=True))
    assert len(set(rows)) == 2
    assert not [digest for digest in rows if PHONE[3:] in digest or len(digest) != 64]
    assert digest_of(long.pk, PHONE) in rows
    with time_machine.travel(clock.now() + dt.timedelta(days=1)):
        lapse_due_coupons()
    assert list(ClosedClaim.objects.values_list("campaign", flat=True)) == [long.pk]
