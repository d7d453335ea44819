"""Coupons on pages: claimed by residents, written and approved by staff."""

import pytest
from django.test import Client

from shop.coupons.models import Campaign, Coupon
from tests.factories import make_cast, make_user
from tests.factories.coupons import make_campaign

pytestmark = pytest.mark.django_db


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_a_resident_claims_once_and_finds_the_coupon_in_the_account() -> None:
    campaign, client = make_campaign(), signed_in(make_user())
    page = client.get("/coupons/").content.decode()
    assert "开学季满减" in page
    assert "满 ¥100.00 减 ¥20.00" in page
    for _twice in range(2):
        assert client.post(f"/coupons/{campaign.pk}/claim/", {"number": "1"})["Location"] == "/coupons/"
    assert Coupon.objects.count() == 1
    assert client.get("/coupons/").context["rows"][0]["has_all"]
    assert len(client.get("/account/coupons/").context["rows"]) == 1
    assert client.get("/account/coupons/?tab=used").context["rows"] == []


def test_a_guest_signs_in_first() -> None:
    campaign = make_campaign()
    assert Client().get("/coupons/").status_code == 200
    answer = Client().post(f"/coupons/{campaign.pk}/claim/", {"number": "1"})
    assert answer["Location"].endswith("?next=/coupons/")
    assert not Coupon.objects.exists()


def test_one_of_the_staff_writes_a_campaign_and_another_approves_it() -> None:
    cast = make_cast()
    writer, approver = signed_in(cast.staff), signed_in(cast.second_staff)
    form = {
        "name": "年货节",
        "kind": "percent",
        "percent": "10",
        "cap_fen": "30",
        "scope": "shop",
        "borne_by": "shop",
        "begins_on": "2026-01-01",
        "ends_on": "2099-01-01",
        "pieces": "500",
        "person_limit": "1",
    }
    assert writer.post("/dashboard/campaigns/", form | {"cap_fen": ""}).status_code == 422
    assert not Campaign.objects.exists()
    assert writer.post("/dashboard/campaigns/", form).status_code == 302
    campaign = Campaign.objects.get()
    assert (campaign.percent, campaign.cap_fen, campaign.state) == (10, 3_000, "draft")
    for client, state in ((writer, "draft"), (approver, "approved")):
        client.post(f"/dashboard/campaigns/{campaign.pk}/approve/")
        campaign.refresh_from_db()
        assert campaign.state == state
    assert approver.post(f"/dashboard/campaigns/{campaign.pk}/erase/").status_code == 404
    assert "年货节" in writer.get("/dashboard/campaigns/").content.decode()
