"""What residents say and keep, on a phone: a review with a photo and its reply, and a heart on a card."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser import steps
from tests.browser.steps import RESIDENT, TEA
from tests.browser.test_flows import buy_and_ship
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser


def test_a_buyer_reviews_with_a_photo_and_the_supplier_replies(visit: Visit) -> None:
    buyer, supplier, stranger = visit(), visit(), visit()
    stranger.goto("/catalogue/")
    # Other tests of the shop may have had it reviewed.
    told = re.search(r"(\d+) 条评价", card(stranger, TEA).inner_text())
    said_before = int(told[1]) if told else 0
    number = buy_and_ship(buyer, supplier, "YT1234567890188")
    steps.confirm_receipt(buyer)

    buyer.goto(f"/orders/{number}/reviews/")
    buyer.get_by_role("main").locator(f"a[href^='/orders/{number}/reviews/']").first.click()
    buyer.locator("[name=stars][value='4']").check()
    buyer.locator("[name=text]").fill("汤色很亮，罐子结实。")
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), (180, 120, 40)).save(drawn, "PNG")
    cup: FilePayload = {"name": "cup.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
    buyer.locator("[name=photos]").set_input_files(cup)
    buyer.get_by_role("main").locator("form:has([name=stars]) button.b-p").click()
    expect(buyer.get_by_role("main")).to_contain_text("汤色很亮，罐子结实。")
    steps.reload_until(buyer, buyer.get_by_role("img", name="cup.png"))

    supplier.goto("/supplier/reviews/")
    row = supplier.get_by_role("article").filter(has_text="汤色很亮，罐子结实。")
    row.locator("[name=reply]").fill("谢谢，欢迎再来。")
    row.get_by_role("button").click()
    expect(supplier.get_by_role("main")).to_contain_text("谢谢，欢迎再来。")

    steps.find_tea(stranger)
    said = stranger.locator("#reviews li").filter(has_text="汤色很亮，罐子结实。")
    steps.reload_until(stranger, said.get_by_role("img", name="cup.png"))
    expect(said).to_contain_text("谢谢，欢迎再来。")
    stranger.goto("/catalogue/")
    expect(card(stranger, TEA)).to_contain_text(f"{said_before + 1} 条评价")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_heart_on_a_card_is_kept_through_the_login_and_emptied_again(visit: Visit, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts)
    page.goto("/catalogue/")
    heart(page).click()
    page.wait_for_url(re.compile("/accounts/login/"))
    page.locator("[name=login]").fill(RESIDENT)
    page.locator("[name=password]").fill(steps.PASSWORD)
    page.locator("main form:has([name=password])").get_by_role("button", name="登录").click()
    # Back on the list that it was pressed on.
    page.wait_for_url(re.compile("/catalogue/$"))
    expect(heart(page)).to_have_attribute("aria-pressed", "true")
    heart(page).click()
    expect(heart(page)).to_have_attribute("aria-pressed", "false")
    page.goto("/account/wishes/")
    expect(page.get_by_role("main").get_by_role("link", name=TEA, exact=True)).to_have_count(0)


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("article").filter(has=page.get_by_role("link", name=title, exact=True))


def heart(page: Page) -> Locator:
    return card(page, TEA).locator(".heart button")
