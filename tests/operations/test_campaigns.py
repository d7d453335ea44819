"""What campaigns came to: on the supplier's own page, at the staff's desk, and in a file."""

import csv
import io

import pytest
from django.test import Client

from shop.accounts.models import Role, ScopeKind
from shop.accounts.scope import own_scope
from shop.coupons.models import Campaign
from shop.coupons.selectors import offers_of
from shop.coupons.services import write_campaign
from shop.journal.models import JournalEntry
from shop.ordering import services as ordering
from shop.ordering.coupon_figures import CampaignFigures, campaign_figures
from shop.ordering.coupon_quotes import with_coupon
from shop.ordering.models import OrderRecord
from shop.ordering.quotes import quote_basket
from shop.ordering.services import UnitsOf, request_refund
from tests.factories import (
    make_basket,
    make_cast,
    make_hold_rules,
    make_product,
    make_supplier,
    make_user,
    place_basket,
)
from tests.factories import pay as pay_order
from tests.factories.coupons import WRITER, campaign_terms, make_campaign, make_coupon

pytestmark = pytest.mark.django_db


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def borne_by_tea(name: str = "茶叶满减") -> Campaign:
    """Return a campaign of ¥20 off from ¥50, which the tea's supplier bears."""
    return make_campaign(
        name=name, scope="supplier", supplier="tea-co", borne_by="supplier", minimum_fen=5_000
    )


def ordered(campaign: Campaign) -> OrderRecord:
    """Return a paid order of three teas at ¥33.33 with a coupon of the campaign."""
    user = make_user()
    make_hold_rules()
    tea = make_product(supplier=make_supplier(code="tea-co"), sku="tea", price_fen=3_333, stock=20)
    coupon = make_coupon(user, campaign)
    basket = make_basket(lines=[(tea, 3)], owner=user)
    quote = quote_basket(basket=basket, province="浙江省")
    quoted = with_coupon(quote, offers_of(own_scope(user)), coupon.code)
    return place_basket(basket, buyer=user, quoted=quoted, coupon=coupon.code).record


def refund_one(record: OrderRecord) -> None:
    share = record.shares.get()
    asked = request_refund(
        record_id=record.pk, portions=[UnitsOf(share.pk, 1)], reason="少要一罐", actor_id=None
    )
    ordering.record_refund_result(request_id=asked.pk, ok=True, parts=[(f"demo:{record.number}", asked.fen)])


def test_figures_follow_an_order_from_placed_to_refunded() -> None:
    make_supplier(code="tea-co")
    campaign = borne_by_tea()
    assert campaign_figures([campaign.pk]) == {}
    record = ordered(campaign)
    assert campaign_figures([campaign.pk]) == {campaign.pk: CampaignFigures(1, 2_000, 0)}
    pay_order(record)
    assert campaign_figures([campaign.pk]) == {campaign.pk: CampaignFigures(1, 2_000, 2_000)}
    refund_one(record)
    # 79.99 were paid; 26.66 went back, 53.33 stay: 2000 × 5333 / 7999 = 1333.4.
    assert campaign_figures([campaign.pk]) == {campaign.pk: CampaignFigures(1, 2_000, 1_333)}


def test_a_supplier_sees_the_campaigns_that_it_bears_and_no_others() -> None:
    for code in ("tea-co", "pear-co"):
        make_supplier(code=code)
    own = borne_by_tea()
    make_campaign(name="商城承担", scope="supplier", supplier="tea-co")
    make_campaign(name="别家承担", scope="supplier", supplier="pear-co", borne_by="supplier")
    write_campaign(
        terms=campaign_terms(name="还没批准", scope="supplier", supplier="tea-co", borne_by="supplier"),
        demo=True,
        actor_id=WRITER,
    )
    pay_order(ordered(own))
    person = make_user(phone="+8613800000077", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")])
    answer = signed_in(person).get("/supplier/campaigns/")
    assert [(row[0].name, row[3]) for row in answer.context["rows"]] == [
        ("茶叶满减", CampaignFigures(1, 2_000, 2_000))
    ]
    text = answer.content.decode()
    assert "王芳" not in text
    assert "商城承担" not in text


def test_the_desk_shows_a_campaign_order_by_order() -> None:
    make_supplier(code="tea-co")
    campaign = borne_by_tea()
    record = ordered(campaign)
    pay_order(record)
    answer = signed_in(make_cast().staff).get(f"/dashboard/campaigns/{campaign.pk}/")
    assert [(coupon.order_number, borne) for coupon, borne in answer.context["rows"]] == [
        (record.number, 2_000)
    ]
    assert answer.context["figures"] == CampaignFigures(1, 2_000, 2_000)


def test_the_file_has_every_campaign_and_no_formula() -> None:
    make_supplier(code="tea-co")
    campaign = borne_by_tea(name="=1+1")
    pay_order(ordered(campaign))
    staff = signed_in(make_cast().staff)
    answer = staff.get("/dashboard/campaigns/export/csv/")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (row,) = (row for row in rows if row and row[0].endswith("=1+1"))
    assert row[0] == "'=1+1"
    assert row[-5:] == ["100", "1", "1", "20.00", "20.00"]
    assert staff.get("/dashboard/campaigns/export/xlsx/").content.startswith(b"PK")
    assert staff.get("/dashboard/campaigns/export/exe/").status_code == 404
    told = JournalEntry.objects.filter(action="export.downloaded", object_key="campaigns")
    assert told.count() == 2
