"""Demonstration campaigns: one of each kind, marked as what they are, and the same after a second run."""

import pytest

from catalog_seed.demo_coupons import make_demo_campaigns
from catalog_seed.demo_orders import Cast
from shop.coupons.models import Campaign, Coupon
from tests.factories import make_product, make_region, make_supplier, make_user

pytestmark = pytest.mark.django_db


def test_every_kind_is_there_once_and_one_waits_for_approval() -> None:
    make_product(supplier=make_supplier(code="wc-05", region=make_region(slug="wangcang")))
    resident, teller, reviewer = (make_user(phone=f"+861380000010{number}") for number in range(3))
    cast = Cast(resident=resident, teller=teller, reviewer=reviewer)
    assert make_demo_campaigns(cast) == 7
    campaigns = Campaign.objects.order_by("pk")
    assert list(campaigns.values_list("scope", "borne_by", "state")) == [
        ("shop", "shop", "approved"),
        ("region", "shop", "approved"),
        ("supplier", "supplier", "approved"),
        ("shop", "shop", "draft"),
        ("products", "shop", "approved"),
    ]
    assert set(campaigns.values_list("demo", "created_by")) == {(True, teller.pk)}
    assert set(Coupon.objects.values_list("user", "state")) == {(resident.pk, "claimed")}
    assert Coupon.objects.count() == 2
    assert make_demo_campaigns(cast) == 0
    assert (Campaign.objects.count(), Coupon.objects.count()) == (5, 2)
