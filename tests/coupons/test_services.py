"""Claiming, using, giving back and lapsing; what the database refuses."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from shop.core import clock
from shop.core.states import WrongMove
from shop.coupons.campaigns import (
    approve_campaign,
    end_campaign,
    pause_campaign,
    resume_campaign,
    write_campaign,
)
from shop.coupons.exceptions import CampaignRefused, CouponRefused
from shop.coupons.models import Campaign, Coupon
from shop.coupons.services import (
    claim_coupon,
    give_back_coupon,
    lapse_coupons_of,
    lapse_due_coupons,
    take_again,
    use_coupon,
)
from shop.journal.models import JournalEntry
from tests.factories import make_product, make_supplier, make_user
from tests.factories.coupons import APPROVER, WRITER, campaign_terms, make_campaign, make_coupon

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def refused_claim(campaign: Campaign, user_id: int, number: int = 1) -> str:
    before = (Coupon.objects.count(), campaign.claimed)
    with pytest.raises(CouponRefused) as refused:
        claim_coupon(campaign_id=campaign.pk, user_id=user_id, number=number)
    campaign.refresh_from_db()
    assert (Coupon.objects.count(), campaign.claimed) == before
    return refused.value.code


def test_a_coupon_is_claimed_once_however_often_it_is_asked_for() -> None:
    user, campaign = make_user(), make_campaign()
    first = claim_coupon(campaign_id=campaign.pk, user_id=user.pk)
    assert claim_coupon(campaign_id=campaign.pk, user_id=user.pk) == first
    campaign.refresh_from_db()
    assert (campaign.claimed, first.state, len(first.code)) == (1, "claimed", 13)


def test_a_person_gets_no_more_than_the_campaign_allows() -> None:
    user, campaign = make_user(), make_campaign(person_limit=2)
    assert refused_claim(campaign, user.pk, number=2) == "limit"
    for number in (1, 2):
        claim_coupon(campaign_id=campaign.pk, user_id=user.pk, number=number)
    campaign.refresh_from_db()
    assert refused_claim(campaign, user.pk, number=3) == "limit"


def test_nobody_claims_more_than_there_are() -> None:
    campaign = make_campaign(pieces=1)
    make_coupon(make_user(), campaign)
    campaign.refresh_from_db()
    assert refused_claim(campaign, make_user(phone="+8613800000002").pk) == "gone"


def test_nothing_is_claimed_before_after_or_without_approval() -> None:
    user = make_user()
    draft = write_campaign(terms=campaign_terms(), demo=True, actor_id=WRITER)
    assert refused_claim(draft, user.pk) == "not_open"
    tomorrow = clock.today() + dt.timedelta(days=1)
    assert refused_claim(make_campaign(begins_on=tomorrow), user.pk) == "not_open"
    over = make_campaign(ends_on=clock.today())
    with time_machine.travel(clock.now() + dt.timedelta(days=2)):
        assert refused_claim(over, user.pk) == "not_open"
    paused = make_campaign()
    pause_campaign(campaign_id=paused.pk, actor_id=APPROVER)
    assert refused_claim(paused, user.pk) == "not_open"


def test_a_coupon_is_used_once_and_only_by_its_owner() -> None:
    user, other = make_user(), make_user(phone="+8613800000002")
    coupon = make_coupon(user)

    def use(order: str, **fields: Any) -> None:
        wish: dict[str, Any] = {
            "code": coupon.code,
            "user_id": user.pk,
            "order_number": order,
            "discount_fen": 2_000,
        }
        use_coupon(**(wish | fields))

    texts = []
    for attempt in ({"user_id": other.pk}, {"code": "0000000000000"}):
        with pytest.raises(CouponRefused) as refused:
            use("YS-1", **attempt)
        texts.append(str(refused.value))
    use("YS-1")
    use("YS-1")
    with pytest.raises(CouponRefused) as refused:
        use("YS-2")
    texts.append(str(refused.value))
    assert len(set(texts)) == 1
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_number, coupon.discount_fen) == ("used", "YS-1", 2_000)


def test_a_coupon_comes_back_once_and_can_be_used_again() -> None:
    user = make_user()
    coupon = make_coupon(user)
    wish: dict[str, Any] = {"code": coupon.code, "user_id": user.pk, "discount_fen": 2_000}
    use_coupon(order_number="YS-1", **wish)
    assert give_back_coupon(order_number="YS-1")
    assert not give_back_coupon(order_number="YS-1")
    coupon.refresh_from_db()
    assert (coupon.state, coupon.discount_fen) == ("returned", 0)
    use_coupon(order_number="YS-2", **wish)
    assert not take_again(order_number="YS-1", discount_fen=2_000)


def test_late_money_finds_the_coupon_of_the_first_order_after_a_second_one() -> None:
    user = make_user()
    coupon = make_coupon(user)
    wish: dict[str, Any] = {"code": coupon.code, "user_id": user.pk, "discount_fen": 2_000}
    for number in ("YS-1", "YS-2"):
        use_coupon(order_number=number, **wish)
        give_back_coupon(order_number=number)
    assert take_again(order_number="YS-1", discount_fen=2_000)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_number, coupon.discount_fen) == ("used", "YS-1", 2_000)
    assert not take_again(order_number="YS-2", discount_fen=2_000)
    assert not take_again(order_number="YS-3", discount_fen=2_000)
    coupon.refresh_from_db()
    assert coupon.order_number == "YS-1"
    assert give_back_coupon(order_number="YS-1")
    assert not give_back_coupon(order_number="YS-2")
    assert take_again(order_number="YS-2", discount_fen=1_000)


def test_an_order_that_is_reopened_has_its_coupon_again_although_it_lapsed() -> None:
    user = make_user()
    coupon = make_coupon(user, ends_on=clock.today())
    use_coupon(code=coupon.code, user_id=user.pk, order_number="YS-1", discount_fen=2_000)
    with time_machine.travel(clock.now() + dt.timedelta(days=2)):
        assert give_back_coupon(order_number="YS-1")
        coupon.refresh_from_db()
        assert coupon.state == "lapsed"
        assert take_again(order_number="YS-1", discount_fen=2_000)
        assert take_again(order_number="YS-1", discount_fen=2_000)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.discount_fen) == ("used", 2_000)


def test_unused_coupons_lapse_with_their_campaign_and_with_the_account() -> None:
    user, other = make_user(), make_user(phone="+8613800000002")
    short, long = make_campaign(ends_on=clock.today()), make_campaign()
    for person in (user, other):
        make_coupon(person, short)
        make_coupon(person, long)
    assert lapse_due_coupons() == 0
    assert (lapse_coupons_of(user_id=user.pk), lapse_coupons_of(user_id=user.pk)) == (2, 0)
    with time_machine.travel(clock.now() + dt.timedelta(days=2)):
        assert (lapse_due_coupons(), lapse_due_coupons()) == (1, 0)
    assert list(Coupon.objects.filter(user=other).order_by("pk").values_list("state", flat=True)) == [
        "lapsed",
        "claimed",
    ]


def test_a_campaign_is_approved_by_another_person_than_its_writer() -> None:
    campaign = write_campaign(terms=campaign_terms(), demo=True, actor_id=WRITER)
    with pytest.raises(CampaignRefused) as refused:
        approve_campaign(campaign_id=campaign.pk, actor_id=WRITER)
    campaign.refresh_from_db()
    assert (refused.value.code, campaign.state) == ("four_eyes", "draft")
    for _again in range(2):
        approve_campaign(campaign_id=campaign.pk, actor_id=APPROVER)
    for verb, state in ((pause_campaign, "paused"), (resume_campaign, "approved"), (end_campaign, "ended")):
        for _again in range(2):
            assert verb(campaign_id=campaign.pk, actor_id=WRITER).state == state
    with pytest.raises(WrongMove):
        resume_campaign(campaign_id=campaign.pk, actor_id=WRITER)
    acts = JournalEntry.objects.filter(object_type="campaign").order_by("pk").values_list("action", flat=True)
    assert list(acts) == [f"campaign.{act}" for act in ("written", "approved", "paused", "resumed", "ended")]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"off_fen": 9_001}, "minimum_fen"),
        ({"off_fen": 0}, "minimum_fen"),
        ({"kind": "percent", "percent": 91, "cap_fen": 100}, "percent"),
        ({"kind": "percent", "percent": 10}, "percent"),
        ({"ends_on": dt.date(2020, 1, 1)}, "ends_on"),
        ({"pieces": 0}, "pieces"),
        ({"person_limit": 101}, "person_limit"),
        ({"scope": "region", "region": "nowhere"}, "region"),
        ({"scope": "supplier", "supplier": "nobody"}, "supplier"),
        ({"borne_by": "supplier"}, "supplier"),
        ({"scope": "products"}, "products"),
        ({"scope": "products", "products": ("NO-SKU",)}, "products"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused_at_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(CampaignRefused) as refused:
        write_campaign(terms=campaign_terms(**fields), demo=True, actor_id=WRITER)
    assert (refused.value.field, Campaign.objects.count()) == (field, 0)


def test_a_supplier_bears_coupons_for_its_own_goods_only() -> None:
    tea = make_product()
    other = make_supplier(code="other-tea")
    for fields, field in (
        ({"scope": "shop", "supplier": other.code}, "borne_by"),
        ({"scope": "products", "products": (tea.listing.sku,), "supplier": other.code}, "products"),
    ):
        with pytest.raises(CampaignRefused) as refused:
            make_campaign(borne_by="supplier", **fields)
        assert (refused.value.field, Campaign.objects.count()) == (field, 0)
    own = make_campaign(
        borne_by="supplier",
        scope="products",
        products=(tea.listing.sku,),
        supplier=tea.listing.supplier.code,
    )
    assert list(own.products.all()) == [tea]


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE coupons_campaign SET claimed = pieces + 1", "campaign_budget_kept"),
        ("UPDATE coupons_campaign SET off_fen = minimum_fen", "campaign_money"),
        ("UPDATE coupons_campaign SET approved_by = created_by", "campaign_four_eyes"),
        ("UPDATE coupons_campaign SET scope = 'region'", "campaign_of_one_scope"),
        ("UPDATE coupons_campaign SET borne_by = 'supplier'", "campaign_borne_by_somebody"),
        ("UPDATE coupons_coupon SET number = 2", "coupon_person_limit"),
        ("UPDATE coupons_coupon SET state = 'used'", "coupon_used_for_an_order"),
        ("UPDATE coupons_coupon SET discount_fen = 1", "coupon_used_for_an_order"),
    ],
)
def test_the_database_keeps_what_the_services_promise(sql: str, constraint: str) -> None:
    make_coupon(make_user())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_refuses_a_second_coupon_for_one_order() -> None:
    user, campaign = make_user(), make_campaign(person_limit=2)
    codes = [claim_coupon(campaign_id=campaign.pk, user_id=user.pk, number=number).code for number in (1, 2)]
    use_coupon(code=codes[0], user_id=user.pk, order_number="YS-1", discount_fen=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        use_coupon(code=codes[1], user_id=user.pk, order_number="YS-1", discount_fen=1)
