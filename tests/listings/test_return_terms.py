"""Within what time goods may come back: dated, the narrowest first, and said before anything is bought."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.journal.upsert import Change
from shop.listings.exceptions import ListingError
from shop.listings.models import Listing, ReturnRule, ReturnTerms
from shop.listings.return_terms import Terms, summary_of, terms_of
from shop.listings.selectors import current_shelf
from shop.listings.services import set_return_terms
from tests.factories import make_product, place

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 1)
TOMORROW = TODAY + dt.timedelta(days=1)
FRESH = ReturnRule.NO_RETURN_FRESH


@pytest.fixture(autouse=True)
def first_of_march() -> object:
    with time_machine.travel("2026-03-01T10:00:00+08:00", tick=False):
        yield


def terms(sku: str, on: dt.date = TOMORROW) -> tuple[str, int, int]:
    found = terms_of(Listing.objects.get(sku=sku), on, current_shelf())
    return (found.rule, found.no_reason_days, found.claim_hours)


def test_every_rule_has_terms_from_the_start() -> None:
    make_product(sku="tea")
    make_product(sku="pears", return_rule=FRESH)
    assert terms("tea", TODAY) == ("seven_days", 7, 360)
    assert terms("pears", TODAY) == ("no_return_fresh", 0, 24)
    with pytest.raises(LookupError):
        terms("tea", dt.date(2019, 12, 31))


def test_a_products_own_terms_hold_before_its_categorys_and_those_before_the_rules() -> None:
    make_product(sku="pears", return_rule=FRESH)
    slug = Listing.objects.get(sku="pears").category_slug
    common: dict[str, Any] = {"rule": FRESH, "no_reason_days": 0, "starts_on": TOMORROW, "actor_id": 1}
    set_return_terms(claim_hours=36, **common)
    assert terms("pears") == ("no_return_fresh", 0, 36)
    ReturnTerms.objects.create(category_slug=slug, rule=FRESH, starts_on=TOMORROW, claim_hours=48)
    assert terms("pears") == ("no_return_fresh", 0, 48)
    assert set_return_terms(claim_hours=12, sku="pears", **common) == Change.CREATED
    assert set_return_terms(claim_hours=12, sku="pears", **common) == Change.UNCHANGED
    assert terms("pears") == ("no_return_fresh", 0, 12)
    # Today is what it was.
    assert terms("pears", TODAY) == ("no_return_fresh", 0, 24)
    assert JournalEntry.objects.filter(action="listing.return_terms_set").count() == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"rule": "for_ever"}, "unknown"),
        ({"starts_on": TODAY}, "past"),
        ({"no_reason_days": 1}, "range"),
        ({"rule": "seven_days"}, "range"),
        ({"claim_hours": 0}, "range"),
        ({"claim_hours": 2161}, "range"),
        ({"sku": "gone"}, "unknown"),
        ({"category_slug": "gone"}, "unknown"),
    ],
)
def test_terms_that_make_no_sense_are_refused(fields: dict[str, Any], code: str) -> None:
    before = ReturnTerms.objects.count()
    usual: dict[str, Any] = {
        "rule": FRESH,
        "starts_on": TOMORROW,
        "no_reason_days": 0,
        "claim_hours": 24,
        "actor_id": 1,
    }
    with pytest.raises(ListingError) as refused:
        set_return_terms(**usual | fields)
    assert refused.value.code == code
    assert (ReturnTerms.objects.count(), JournalEntry.objects.count()) == (before, 0)


def test_days_end_at_midnight_in_shanghai_and_hours_by_the_minute() -> None:
    seven = Terms("seven_days", 7, 360)
    signed = dt.datetime(2026, 3, 1, 15, 59, tzinfo=dt.UTC)  # 23:59 in Shanghai
    assert seven.no_reason_until(signed) == dt.datetime(2026, 3, 9, tzinfo=clock.SHANGHAI)
    assert Terms("no_return_fresh", 0, 24).no_reason_until(signed) is None
    assert Terms("no_return_fresh", 0, 24).claim_until(signed) == dt.datetime(
        2026, 3, 2, 15, 59, tzinfo=dt.UTC
    )


def test_several_goods_are_said_in_one_line_with_the_exceptions_named() -> None:
    seven, fresh = Terms("seven_days", 7, 360), Terms("no_return_fresh", 0, 24)
    assert summary_of([("黄茶", seven), ("蜂蜜", seven)]) == seven.summary
    assert summary_of([("黄茶", seven), ("翠冠梨", fresh)]) == f"{seven.summary}; {fresh.summary} (翠冠梨)"


def test_product_basket_and_checkout_say_the_limits_and_the_order_keeps_them() -> None:
    pears = make_product(sku="pears", name_zh="翠冠梨", return_rule=FRESH)
    client = Client()
    assert "24小时" in client.get(pears.get_absolute_url()).content.decode()
    client.post(f"/basket/add/{pears.pk}/", {"quantity": 1})
    assert "签收后24小时" in client.get("/basket/").content.decode()
    assert "签收后24小时" in client.get("/checkout/").content.decode()
    record = place(lines=[(pears, 1)])
    assert record.shares.get().return_terms == {
        "rule": "no_return_fresh",
        "no_reason_days": 0,
        "claim_hours": 24,
    }
