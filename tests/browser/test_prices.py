"""Prices on two phones: a unit asks, its supplier offers, both haggle, and the draft costs what was agreed."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from shop.core import clock
from tests.browser import steps
from tests.browser.steps import SUPPLIER, UNION_BUYER
from tests.browser.test_pages import assert_sound
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser


def test_a_unit_and_a_supplier_agree_on_a_price_and_the_draft_costs_it(visit: Visit) -> None:
    buyer, seller = visit(), visit()
    steps.log_in(buyer, UNION_BUYER)
    buyer.goto("/unit/prices/ask/?sku=WC-TEA-012")
    assert_sound(buyer)
    buyer.get_by_label("商品与数量").fill("WC-TEA-012 20")
    buyer.get_by_role("button", name="发起询价").click()
    buyer.wait_for_url(re.compile(r"/unit/prices/BJ"))
    assert_sound(buyer)
    number = buyer.url.rstrip("/").rsplit("/", 1)[1]

    steps.log_in(seller, SUPPLIER)
    seller.goto("/supplier/")
    seller.get_by_role("link", name="询价", exact=True).click()
    seller.get_by_role("listitem").filter(has_text=number).get_by_role("link").click()
    assert_sound(seller)
    seller.get_by_label("单价（元）").fill("180")
    seller.get_by_label("价格有效至").fill((clock.today() + dt.timedelta(days=20)).isoformat())
    seller.get_by_role("button", name="发送报价").click()
    expect(seller.get_by_role("main")).to_contain_text("¥180.00")

    buyer.reload()
    expect(buyer.get_by_role("main")).to_contain_text("¥180.00")
    assert_sound(buyer)
    buyer.get_by_label("单价（元）").fill("170.5")
    buyer.get_by_role("button", name="发送还价").click()
    expect(buyer.get_by_role("main")).to_contain_text("已还价")

    seller.reload()
    assert_sound(seller)
    seller.get_by_role("button", name="接受此价格").click()
    expect(seller.get_by_role("main")).to_contain_text("已议定")

    buyer.reload()
    assert_sound(buyer)
    buyer.get_by_role("button", name="按此价格下单").click()
    buyer.wait_for_url(re.compile(r"/unit/requests/CG"))
    expect(buyer.get_by_role("main")).to_contain_text("¥3,410.00")
    assert_sound(buyer)
