"""Coupons on pages: claimed by residents, written and approved by staff."""

import pytest
from django.test import Client

from shop.accounts.scope import own_scope
from shop.coupons.models import Campaign, Coupon
from shop.coupons.selectors import offers_of
from shop.coupons.services import claim_coupon, write_campaign
from tests.factories import make_cast, make_product, make_user
from tests.factories.coupons import WRITER, campaign_terms, make_campaign, make_coupon

pytestmark = pytest.mark.django_db


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_a_resident_claims_once_and_finds_the_coupon_in_the_account() -> None:
    campaign, client = make_campaign(), signed_in(make_user())
    page = client.get("/coupons/").content.decode()
    assert "开学季满减" in page
    assert "满 ¥100 可用" in page
    for _twice in range(2):
        assert client.post(f"/coupons/{campaign.pk}/claim/", {"number": "1"})["Location"] == "/coupons/"
    assert Coupon.objects.count() == 1
    assert client.get("/coupons/").context["rows"][0].state == "had"
    assert len(client.get("/account/coupons/").context["rows"]) == 1
    assert client.get("/account/coupons/?tab=used").context["rows"] == []


def test_a_guest_signs_in_first_and_has_the_coupon_then() -> None:
    campaign, client, user = make_campaign(), Client(), make_user()
    asked = {"number": "1", "next": "/catalogue/"}
    answer = client.post(f"/coupons/{campaign.pk}/claim/", asked)
    assert answer["Location"].endswith("?next=/coupons/waiting/")
    assert not Coupon.objects.exists()
    session = dict(client.session)
    client.force_login(user)
    kept = client.session
    kept.update(session)
    kept.save()
    assert client.get("/coupons/waiting/")["Location"] == "/catalogue/"
    assert Coupon.objects.get().user == user
    # A second look claims nothing, and neither does somebody who pressed no button.
    assert client.get("/coupons/waiting/")["Location"] == "/coupons/"
    assert Coupon.objects.count() == 1


def test_htmx_gets_the_slip_as_it_stands_now() -> None:
    campaign, client = make_campaign(person_limit=2), signed_in(make_user())
    address, script = f"/coupons/{campaign.pk}/claim/", {"HX-Request": "true"}
    first = client.post(address, {"number": "1", "next": "/catalogue/"}, headers=script)
    assert (first.status_code, first.context["slip"].number, first.context["way_back"]) == (
        200,
        2,
        "/catalogue/",
    )
    second = client.post(address, {"number": "2"}, headers=script)
    assert (second.context["slip"].state, second.context["is_refused"]) == ("had", False)
    third = client.post(address, {"number": "3"}, headers=script)
    assert (third.context["is_refused"], Coupon.objects.count()) == (True, 2)
    assert "每人最多" in third.content.decode()
    # Nothing of it is told again on the next page.
    assert not list(client.get("/coupons/").context["messages"])


def test_htmx_leads_a_guest_to_the_login_as_a_whole_page() -> None:
    asked = Client().post(
        f"/coupons/{make_campaign().pk}/claim/", {"number": "1"}, headers={"HX-Request": "true"}
    )
    assert (asked.status_code, asked["HX-Redirect"]) == (200, "/accounts/login/?next=/coupons/waiting/")


def test_nobody_is_led_out_of_the_shop() -> None:
    campaign, client = make_campaign(), signed_in(make_user())
    answer = client.post(f"/coupons/{campaign.pk}/claim/", {"number": "1", "next": "https://elsewhere.cn/"})
    assert answer["Location"] == "/coupons/"


def test_equal_coupons_stand_as_one_with_their_number() -> None:
    campaign, user = make_campaign(person_limit=3), make_user()
    for number in (1, 2, 3):
        claim_coupon(campaign_id=campaign.pk, user_id=user.pk, number=number)
    make_coupon(user, name="另一种")
    (_coupon, slip), (_other, single) = signed_in(user).get("/account/coupons/").context["rows"]
    assert (slip.name, slip.equal, single.name, single.equal) == ("开学季满减", 3, "另一种", 1)
    assert [(one.name, one.equal) for one in offers_of(own_scope(user))] == [("开学季满减", 3), ("另一种", 1)]
    last = Coupon.objects.get(campaign=campaign, number=3)
    assert last.code in {one.code for one in offers_of(own_scope(user), last.code)}


def test_a_campaign_of_chosen_products_names_them_on_its_page_and_on_its_coupon() -> None:
    tea, pears = make_product(name_zh="黄茶"), make_product(sku="pears", name_zh="翠冠梨")
    make_product(sku="honey", name_zh="土蜂蜜")
    skus = (tea.listing.sku, pears.listing.sku)
    campaign, user = make_campaign(scope="products", products=skus), make_user()
    make_coupon(user, campaign)
    for page in ("/account/coupons/", "/coupons/", f"/coupons/{campaign.pk}/"):
        text = signed_in(user).get(page).content.decode()
        for product in (tea, pears):
            assert f'href="{product.get_absolute_url()}"' in text
        assert "土蜂蜜" not in text
    draft = write_campaign(terms=campaign_terms(), demo=True, actor_id=WRITER)
    assert Client().get(f"/coupons/{draft.pk}/").status_code == 404


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
