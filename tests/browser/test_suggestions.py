"""Suggestions while somebody types: by keyboard, by finger, and nothing of it without scripts."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.screens import desk
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser

AXE = "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(found => found.violations)"


@pytest.mark.parametrize("width", [390, 1280])
def test_suggestions_are_chosen_by_keyboard(visit: Visit, width: int) -> None:
    page = visit(**desk(width))
    # Of a picture that the tab bar half covers axe says that it is too small.
    page.goto("/catalogue/?sort=price")
    field = page.locator("input[name=q]:visible")
    options = page.get_by_role("option")
    field.focus()
    page.keyboard.type("tuf")
    expect(options.first).to_be_visible()
    expect(options.first.locator("mark")).to_have_text("土蜂")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE) == []
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(field).to_have_value("tuf")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    chosen = options.first.get_attribute("id")
    assert chosen and field.get_attribute("aria-activedescendant") == chosen
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("土蜂蜜")


def test_what_was_typed_is_searched_for_when_nothing_is_chosen(visit: Visit) -> None:
    page = visit()
    page.goto("/catalogue/")
    field = page.locator("input[name=q]:visible")
    field.focus()
    page.keyboard.type("tfm")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/search/?q=tfm")


def test_without_scripts_the_field_is_a_plain_one(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    page.goto("/catalogue/")
    field = page.locator("input[name=q]:visible")
    assert field.get_attribute("role") is None
    field.fill("tfm")
    field.press("Enter")
    expect(page).to_have_url("/search/?q=tfm")


def test_a_heart_is_kept_in_its_place_and_the_focus_stays(visit: Visit) -> None:
    page = visit()
    steps.log_in(page, steps.RESIDENT)
    steps.find_tea(page)
    address = page.url
    heart = page.locator("#wish")
    expect(heart).to_have_text("收藏")
    page.evaluate("window.stayed = true")
    heart.focus()
    page.keyboard.press("Enter")
    expect(heart).to_have_text("已收藏")
    expect(heart).to_be_focused()
    page.keyboard.press("Enter")
    expect(heart).to_have_text("收藏")
    assert page.url == address and page.evaluate("window.stayed")


def test_htmx_writes_no_style_and_runs_no_words(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    config = page.evaluate(
        "[htmx.config.includeIndicatorStyles, htmx.config.allowEval, htmx.config.allowScriptTags]"
    )
    assert config == [False, False, False]
    assert page.evaluate("document.querySelectorAll('style').length") == 0
