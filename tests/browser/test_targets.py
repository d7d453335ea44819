"""What a finger has to hit: once it is in view nothing lies over it, and it is large enough, on a phone's screen."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.addresses import OWN, PAGES
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser

#: Brings each target into view as the browser does for the keyboard, downwards and upwards, and says what is wrong with
#: it: a bar lies over it (the tab bar, the bar of actions, the bar at the top), or it is too small.
#: A radio button or a tick is as large as its label, and the name of a card as the card. WCAG allows a link in a
#: sentence to be as high as the line, and what is smaller where a circle of 24 px around it touches no other target.
WRONG = """([least, acts]) => {
  const all = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary');
  const seen = [...all].filter(one => one.checkVisibility({ visibilityProperty: true })
    && !one.disabled && !one.matches('.skip, .sr-only'));
  const wrong = new Set();
  const say = (what, one) => wrong.add(`${what}: ${one.outerHTML.slice(0, 160)}`);
  const area = one => one.labels?.length && one.matches('[type=radio], [type=checkbox]') ? one.labels[0]
    : getComputedStyle(one, '::after').position === 'absolute' ? one.closest('article') ?? one : one;
  const BARS = '.tabbar, .actbar, .topbar';
  const inSentence = one => getComputedStyle(one).display === 'inline'
    && [...one.parentElement.childNodes].some(node => node !== one && node.textContent.trim());
  for (const one of [...seen, ...[...seen].reverse()]) {
    one.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    const box = one.getClientRects()[0];
    const edge = Math.min(3, box.height / 2);
    for (const y of [box.top + edge, box.top + Math.min(box.height, innerHeight) / 2, box.bottom - edge]) {
      if (box.height > innerHeight / 2 && y > box.top + edge) continue;
      const top = document.elementFromPoint(box.left + box.width / 2, y);
      if (!top) say(`out of view at ${Math.round(y)}`, one);
      else if (top.closest(BARS) && !one.closest(BARS)) say(`below ${top.closest(BARS).className}`, one);
    }
  }
  const boxes = new Map(seen.map(one => [one, area(one).getBoundingClientRect()]));
  const alone = one => {
    const { left, top, width, height } = boxes.get(one);
    const [x, y] = [left + width / 2, top + height / 2];
    return seen.every(other => {
      if (other === one || other.closest(BARS) || area(other) !== other) return true;
      const box = boxes.get(other);
      const away = Math.hypot(x - Math.max(box.left, Math.min(x, box.right)),
        y - Math.max(box.top, Math.min(y, box.bottom)));
      return away >= least / 2;
    });
  };
  for (const one of seen) {
    if (acts && !one.matches(acts) || !acts && inSentence(one)) continue;
    const { width, height } = boxes.get(one);
    if (width >= least && height >= least || !acts && alone(one)) continue;
    say(`${width.toFixed(1)} × ${height.toFixed(1)}`, one);
  }
  return [...wrong];
}"""
#: WCAG 2.5.8 for everything.
LEAST = (24, "")
#: The main actions, which have 44 px in large print (2.5.5): every button, also where it is a link, the steps of a
#: number and the heart among them; the cells of the bars and the ways back; categories, places, orders, filters.
LARGE = (
    44,
    "button, summary, a.b, .tabbar a, .actbar a, .topbar a, .rail a, .chip, .navlink",
)


def look(page: Page, found: list[str], asked: tuple[int, str]) -> None:
    """Ask about the page that is open, from its top."""
    page.wait_for_load_state()
    assert page.evaluate("[innerWidth, innerHeight]") == [390, 844]
    page.evaluate("scrollTo(0, 0)")
    found += [f"{page.url}: {wrong}" for wrong in page.evaluate(WRONG, list(asked))]


def enlarge(page: Page) -> None:
    page.goto("/")
    page.get_by_role("contentinfo").get_by_role("button", name="长辈版").click()
    expect(page.locator("html")).to_have_attribute("data-elder", "")


@pytest.mark.parametrize("asked", [LEAST, LARGE], ids=["usual", "large print"])
def test_targets_of_the_pages_for_everybody(visit: Visit, asked: tuple[int, str]) -> None:
    page, found = visit(), list[str]()
    if asked is LARGE:
        enlarge(page)
    for path in PAGES:
        page.goto(path)
        look(page, found, asked)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("asked", [LEAST, LARGE], ids=["usual", "large print"])
def test_targets_of_a_purchase_and_of_an_account(visit: Visit, asked: tuple[int, str]) -> None:
    page, found = visit(), list[str]()
    if asked is LARGE:
        enlarge(page)
    steps.log_in(page, steps.RESIDENT)
    for path in OWN:
        page.goto(path)
        look(page, found, asked)
    steps.find_tea(page)
    look(page, found, asked)
    steps.put_into_basket(page)
    look(page, found, asked)
    steps.go_to_checkout(page)
    look(page, found, asked)
    steps.fill_address(page)
    number = steps.place(page)
    for path in (f"/pay/{number}/", f"/orders/{number}/", f"/orders/{number}/cancel/", "/orders/"):
        page.goto(path)
        look(page, found, asked)
    assert found == [], "\n".join(found)


def test_the_last_categories_of_a_long_rail_stand_above_the_tab_bar(visit: Visit) -> None:
    """The rail keeps still while the goods move: what is at its foot is reached by moving the rail alone."""
    page = visit(viewport={"width": 390, "height": 480})
    page.goto("/catalogue/")
    page.evaluate("document.querySelector('footer').scrollIntoView()")
    page.evaluate("window.scrollBy(0, -400)")
    bar = page.locator(".tabbar").bounding_box()
    assert bar
    links = page.locator(".rail a")
    assert links.count() > 5
    for link in links.all():
        link.evaluate("one => one.scrollIntoView({ block: 'nearest' })")
        box = link.bounding_box()
        assert box
        assert box["y"] + box["height"] <= bar["y"], link.inner_text()
