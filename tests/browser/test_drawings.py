"""Where a page shows drawings it says so in words that are seen, and a browser that knows WebP loads nothing else."""

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser
WORDS = "本页含示意插图"


def test_pages_with_drawings_say_so_and_pages_without_do_not(visit: Visit) -> None:
    page = visit()
    number = steps.buy(page)
    for path in (
        "/",
        "/catalogue/",
        "/catalogue/?sort=price",
        "/search/?q=木门",
        f"/orders/{number}/",
        "/orders/",
    ):
        page.goto(path)
        expect(page.get_by_text(WORDS), path).to_be_visible()
    steps.find_tea(page)
    expect(page.get_by_text(WORDS)).to_be_visible()
    steps.put_into_basket(page)
    expect(page.get_by_text(WORDS)).to_be_visible()
    for path in ("/terms/", "/method/", "/accounts/login/"):
        page.goto(path)
        expect(page.get_by_text(WORDS), path).to_be_hidden()


def test_english_pages_tell_drawings_from_their_own_words(visit: Visit) -> None:
    page = visit(locale="en-GB")
    words = page.get_by_text("This page shows drawn illustrations")
    page.goto("/catalogue/?sort=price")
    expect(words).to_be_visible()
    page.goto("/terms/")
    expect(words).to_be_hidden()


def test_a_browser_that_knows_webp_loads_no_other_picture_of_goods(visit: Visit) -> None:
    page = visit()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    steps.find_tea(page)
    page.wait_for_load_state("networkidle")
    pictures = [url for url in loaded if "/media/pictures/" in url]
    assert pictures
    assert [url for url in pictures if not url.endswith(".webp")] == []
