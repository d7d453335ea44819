"""What changes is seen within five seconds on every kept page, whoever changed it and whenever it begins to hold."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from oscar.apps.catalogue.models import Category, Product
from oscar.apps.partner.models import StockRecord

from shop.coupons.campaigns import pause_campaign, resume_campaign
from shop.coupons.models import Campaign
from shop.coupons.services import claim_coupon
from shop.listings.models import FreightRate, Listing, ListingState
from shop.listings.services.marks import fold_marks
from shop.regions.content_models import Banner
from shop.regions.models import PartnerRegion, SupportTarget
from shop.storefront.keeping import middleware
from shop.storefront.keeping.middleware import store
from shop.storefront.keeping.store import packed
from shop.suppliers.models import Supplier, SupplierState
from tests.factories import make_price_tier, make_user, pay, place
from tests.factories.coupons import APPROVER, make_campaign
from tests.process import in_process
from tests.storefront.keeping.conftest import NOW
from tests.storefront.keeping.pages import is_kept, kept, shop_with_goods, without_token

pytestmark = pytest.mark.django_db
#: Four seconds: a second before the promise ends.
SOON = dt.timedelta(seconds=4)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def read_once(address: str) -> None:
    """Let what is remembered with the shelf be read: the total of the place, from the ledger, once a minute."""
    Client().get(address)
    store.clear()


def nothing_left() -> None:
    StockRecord.objects.update(num_in_stock=0)


def one_less() -> None:
    StockRecord.objects.filter(product__title="旺苍黄茶").update(num_allocated=1)


@pytest.mark.parametrize(
    ("page", "change", "gone", "come"),
    [
        ("list", lambda: Listing.objects.filter(price_fen=12800).update(price_fen=9900), "128", "99"),
        ("category", lambda: Listing.objects.update(price_fen=9900), "128", "99"),
        ("product", lambda: Listing.objects.update(price_fen=9900), "128", "99"),
        ("home", lambda: Listing.objects.update(price_fen=9900), "128", "99"),
        ("list", lambda: Listing.objects.update(state=ListingState.WITHDRAWN), "旺苍黄茶", "没有"),
        ("category", lambda: Product.objects.update(is_public=False), "旺苍黄茶", "没有"),
        ("list", lambda: Supplier.objects.update(state=SupplierState.SUSPENDED), "旺苍黄茶", "没有"),
        ("product", lambda: Supplier.objects.update(state=SupplierState.SUSPENDED), "库存", "暂停"),
        ("list", nothing_left, "加入购物车", "售罄"),
        ("category", nothing_left, "加入购物车", "售罄"),
        ("product", nothing_left, "库存 10", "售罄"),
        ("product", one_less, "库存 10", "库存 9"),
        ("home", nothing_left, "旺苍黄茶", ""),
        ("list", lambda: Category.objects.filter(name="茶叶").update(is_public=False), "茶叶", ""),
        ("category", lambda: Category.objects.filter(name="绿茶").update(is_public=False), "绿茶", ""),
        ("product", lambda: FreightRate.objects.update(first_kg_fen=100), "", ""),
        ("product", lambda: PartnerRegion.objects.update(name_zh="旺苍新县"), "旺苍县", "旺苍新县"),
        ("home", lambda: Banner.objects.update(title_zh="秋茶上市"), "", "秋茶上市"),
        ("home", make_campaign, "", "开学季满减"),
        ("product", make_campaign, "", "开学季满减"),
    ],
)
def test_a_change_is_seen(
    page: str, change: Callable[[], Any], gone: str, come: str, clock: time_machine.Traveller
) -> None:
    address = shop_with_goods()[page]
    before = kept(address)
    change()
    clock.shift(SOON)
    after = Client().get(address)
    assert (gone in text(before), come in text(after)) == (True, True)
    assert not gone or text(after).count(gone) < text(before).count(gone)
    store.clear()
    assert without_token(after) == without_token(Client().get(address))


@pytest.mark.parametrize("page", ["home", "product"])
def test_what_a_place_has_reached_is_seen(page: str, clock: time_machine.Traveller) -> None:
    address = shop_with_goods()[page]
    before = kept(address)
    SupportTarget.objects.update(target_fen=77_700_000)
    # The product's own page has its total from the beginning of the minute.
    clock.shift(dt.timedelta(seconds=60 if page == "product" else 4))
    after = Client().get(address)
    assert not is_kept(after)
    assert without_token(after) != without_token(before)


def test_a_price_that_begins_tomorrow_is_there_tomorrow(clock: time_machine.Traveller) -> None:
    address = shop_with_goods()["product"]
    product = Product.objects.get(title="旺苍黄茶")
    make_price_tier(product=product, min_quantity=3, price_fen=11100, starts_on=dt.date(2026, 11, 24))
    assert "111" not in text(kept(address))
    clock.move_to(NOW.replace(hour=15, minute=59, second=59))
    assert "111" not in text(kept(address))
    clock.shift(1)
    assert "111" in text(Client().get(address))


def test_a_banner_whose_last_day_is_over_is_gone(clock: time_machine.Traveller) -> None:
    address = shop_with_goods()["home"]
    Banner.objects.update(starts_on=None, ends_on=dt.date(2026, 11, 23), title_zh="只到今天")
    clock.move_to(NOW.replace(hour=15, minute=59, second=59))
    assert "只到今天" in text(kept(address))
    clock.shift(1)
    assert "只到今天" not in text(Client().get(address))


@pytest.mark.parametrize("page", ["home", "product"])
def test_a_campaign_is_offered_from_its_first_day_to_its_last_while_there_are_coupons(
    page: str, clock: time_machine.Traveller
) -> None:
    address, tomorrow = shop_with_goods()[page], dt.date(2026, 11, 24)
    campaign = make_campaign(begins_on=tomorrow, ends_on=tomorrow, pieces=1)

    def is_offered() -> bool:
        return campaign.name in text(Client().get(address))

    assert (is_offered(), is_offered()) == (False, False)
    clock.move_to(NOW.replace(hour=16, minute=0, second=0))
    assert (is_offered(), is_offered()) == (True, True)
    pause_campaign(campaign_id=campaign.pk, actor_id=APPROVER)
    clock.shift(SOON)
    assert not is_offered()
    resume_campaign(campaign_id=campaign.pk, actor_id=APPROVER)
    clock.shift(SOON)
    assert (is_offered(), is_offered()) == (True, True)
    claim_coupon(campaign_id=campaign.pk, user_id=make_user().pk)
    clock.shift(SOON)
    assert not is_offered()
    Campaign.objects.update(pieces=2)
    clock.shift(SOON)
    assert (is_offered(), is_offered()) == (True, True)
    clock.shift(dt.timedelta(days=1))
    assert not is_offered()


def test_a_sale_changes_the_pages_of_what_was_sold_and_no_other() -> None:
    pages = shop_with_goods()
    tea, fungi = (Product.objects.get(title=name) for name in ("旺苍黄茶", "龙泉香菇"))
    addresses = [pages["list"], pages["product"], fungi.get_absolute_url()]
    for address in addresses:
        read_once(address)
    for address in addresses:
        kept(address)
    with time_machine.travel(NOW + SOON, tick=False):
        pay(place(lines=[(tea, 2)]))
    with time_machine.travel(NOW + 2 * SOON, tick=False):
        assert is_kept(Client().get(pages["list"]))
        assert is_kept(Client().get(fungi.get_absolute_url()))
        sold = Client().get(pages["product"])
        assert not is_kept(sold)
        assert "库存 8" in text(sold)


@pytest.mark.django_db(transaction=True)
def test_a_change_by_another_process_is_seen(clock: time_machine.Traveller) -> None:
    pages = shop_with_goods()
    for page in pages.values():
        kept(page)

    def change() -> None:
        Listing.objects.update(price_fen=9900)
        one_less()

    assert in_process(change, at=NOW) == 0
    clock.shift(SOON)
    for page in pages.values():
        assert "99" in text(Client().get(page))
    assert "库存 9" in text(Client().get(pages["product"]))


def test_a_change_while_the_page_is_made_is_seen(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = shop_with_goods()["product"]

    def slow(body: bytes) -> bytes:
        # The page is ready, and now there is one less; and somebody else has just looked.
        one_less()
        clock.shift(2)
        middleware.looker.look(NOW + dt.timedelta(seconds=2))
        return packed(body)

    monkeypatch.setattr(middleware, "packed", slow)
    assert "库存 10" in text(Client().get(address))
    monkeypatch.undo()
    assert "库存 9" in text(Client().get(address))


def test_one_look_a_second_is_one_query(
    clock: time_machine.Traveller, django_assert_num_queries: Any
) -> None:
    pages = shop_with_goods()
    for name in ("list", "category", "product"):
        kept(pages[name])
    clock.shift(1)
    # With the total of the place, the first time in this minute.
    assert is_kept(Client().get(pages["product"]))
    clock.shift(1)
    with django_assert_num_queries(1):
        for name in ("list", "category", "product"):
            assert is_kept(Client().get(pages[name]))
    clock.shift(dt.timedelta(milliseconds=999))
    with django_assert_num_queries(0):
        assert is_kept(Client().get(pages["list"]))


def test_marks_that_are_folded_are_another_state(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = shop_with_goods()["list"]
    kept(address)
    monkeypatch.setattr("shop.listings.services.marks.MOST_MARKS", 0)
    fold_marks()
    clock.shift(1)
    assert not is_kept(Client().get(address))


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_was_wrong_holds_nothing(hours: int, clock: time_machine.Traveller) -> None:
    address = shop_with_goods()["product"]
    kept(address)
    Listing.objects.update(price_fen=9900)
    clock.shift(dt.timedelta(hours=hours))
    assert "99" in text(Client().get(address))


def test_no_page_is_older_than_a_minute(clock: time_machine.Traveller) -> None:
    address = shop_with_goods()["list"]
    kept(address)
    clock.shift(60)
    assert is_kept(Client().get(address))
    clock.shift(1)
    assert not is_kept(Client().get(address))


def test_a_page_that_reads_what_no_look_sees_lives_for_three_seconds() -> None:
    """As the first page, whose places are summed up from the ledger; the others read only what is looked at."""
    pages = shop_with_goods()
    make_campaign()
    for address in pages.values():
        read_once(address)
    for address in pages.values():
        kept(address)
    lives = {page.match.view_name: page.lives.total_seconds() for page in store._pages.values()}
    assert lives == {"home": 3, "catalogue:index": 60, "catalogue:category": 60, "catalogue:detail": 60}


def test_tables_are_found_in_statements() -> None:
    visit = middleware._Visit("key")
    for sql in (
        'SELECT 1 FROM "one" INNER JOIN "two" ON 1 = 1',
        "select 1\nfrom three, (SELECT 1 FROM four) x LEFT JOIN five f",
    ):
        visit(lambda *given: None, sql, (), False, {"connection": connection})
    assert visit.tables == {"one", "two", "three", "four", "five"}
