"""The staff's navigation: everybody sees what opens for them, nothing else, and where they are."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve, reverse

from shop.accounts.models import Role, ScopeKind
from shop.operations.desk_places import PLACES, Group, all_places, door_at
from tests.factories import make_user
from tests.url_matrix import ROWS, Who, World

pytestmark = pytest.mark.django_db
STAFF_ROLES = (Who.STAFF, Who.FINANCE, Who.LIAISON, Who.AUDITOR)
#: A list shows many rows that lead to the same kind of page.
VISITS_OF_A_KIND = 5
#: What only a figure leads to, of an order (tests/reporting goes that way) or of a unit (tests/certificates), and what
#: a page asks for itself.
BEHIND_A_FIGURE = (
    "reporting:parcel",
    "reporting:export_state",
    "certificates:organisation",
    "certificates:staff_file",
)
LINK = re.compile(r'<a class="navlink" href="([^"]+)"(?: aria-current="(page|true)")?>([^<]+)</a>')


def pages_of(who: Who) -> set[str]:
    """Return the addresses that open for this role, and neither for strangers nor for residents."""
    return {
        name
        for name, row in ROWS.items()
        if (row.get[who], row.get[Who.ANONYMOUS], row.get[Who.RESIDENT]) == (200, 302, 404)
        and name not in BEHIND_A_FIGURE
    }


def navigation(page: str) -> str:
    found = re.search(r'<nav [^>]*aria-label="工作台导航">(.*?)</nav>', page, re.DOTALL)
    return found.group(1) if found else ""


def labels(page: str) -> list[str]:
    return [label for _address, _current, label in LINK.findall(navigation(page))]


def desk_of(world: World, who: Who) -> Client:
    client = Client()
    person = world.person(who)
    assert person is not None
    client.force_login(person)
    return client


def walk(world: World, who: Who) -> dict[str, str]:
    """Follow links from the navigation on, a few of each kind; return the pages by the names of their addresses."""
    client = desk_of(world, who)
    begin = navigation(client.get("/dashboard/").content.decode())
    waiting = [address for address, _current, _label in LINK.findall(begin)]
    pages: dict[str, str] = {}
    visits: Counter[str] = Counter()
    wanted, seen = pages_of(who), set(waiting)
    while waiting:
        address = waiting.pop(0)
        try:
            name = resolve(address.split("?")[0]).view_name
        except Resolver404:
            continue
        if name not in wanted or visits[name] == VISITS_OF_A_KIND:
            continue
        visits[name] += 1
        answer = client.get(address)
        assert answer.status_code == 200, f"{address} answers {who} {answer.status_code}"
        if answer.streaming:
            list(answer)
            pages[name] = ""
            continue
        kind = answer["Content-Type"]
        pages[name] = answer.content.decode() if kind.startswith("text/html") else ""
        links = re.findall(r'href="([/?][^"#]*)(?:#[^"]*)?"', pages[name].replace("&amp;", "&"))
        links = [address.split("?")[0] + link if link.startswith("?") else link for link in links]
        waiting += [link for link in links if link not in seen]
        seen |= set(links)
    return pages


def full_world(who: Who) -> World:
    """Return a world in which everything exists that a page of this role is about."""
    world = World()
    assert world.cast
    for name in pages_of(who):
        ROWS[name].arguments(world)
    return world


@pytest.mark.parametrize("who", STAFF_ROLES)
def test_every_link_opens_and_leads_on_to_every_page_of_the_role(who: Who) -> None:
    reached = walk(full_world(who), who)
    assert sorted(pages_of(who) - set(reached)) == []


def test_the_page_and_its_heading_are_marked_wherever_the_reader_is() -> None:
    homes = {name: place for place in all_places() for name in (place.name, *place.pages)}
    headings = {
        place.name: str(entry.label) for entry in PLACES if isinstance(entry, Group) for place in entry.places
    }
    marked = {name: page for name, page in walk(full_world(Who.STAFF), Who.STAFF).items() if navigation(page)}
    assert set(marked) >= {
        "operations:proposals",
        "operations:product_draft",
        "operations:return",
        "gateways:bill",
    }
    for name, page in marked.items():
        place = homes.get(name)
        assert place is not None, f"{name} stands nowhere in shop/operations/desk_places.py"
        current = [(label, how) for _address, how, label in LINK.findall(navigation(page)) if how]
        assert current == [(str(place.label), "page" if name == place.name else "true")], name
        summaries = re.findall(r'<summary class="navlink" aria-current="true">([^<]+)<', navigation(page))
        assert summaries == [text for home, text in headings.items() if home == place.name], name


def test_every_place_is_guarded_and_every_address_stands_once() -> None:
    assert [place.name for place in all_places() if door_at(place.name) is None] == []
    names = Counter(name for place in all_places() for name in (place.name, *place.pages))
    assert [name for name, times in names.items() if times > 1] == []
    for name in names:
        assert name in ROWS


def test_a_liaison_and_an_auditor_see_few_links_and_no_heading_over_one() -> None:
    world = World()
    liaison = desk_of(world, Who.LIAISON).get("/dashboard/").content.decode()
    assert labels(liaison) == ["驾驶舱", "年度目标任务", "我的导出文件", "买家咨询", "入驻申请", "业务洽谈"]
    auditor = desk_of(world, Who.AUDITOR).get("/dashboard/").content.decode()
    assert labels(auditor) == [
        "驾驶舱",
        "年度目标任务",
        "结账与月报",
        "更正",
        "佐证等级",
        "重复号码",
        "我的导出文件",
        "月报邮件",
        "买家咨询",
        "供应商结算",
        "付款名单",
        "采购合同",
        "违规线索",
        "操作日志",
    ]
    assert navigation(liaison).count("<details") == 2


def test_who_holds_two_roles_sees_what_either_opens() -> None:
    both = [(Role.LIAISON, ScopeKind.REGION, "wangcang"), (Role.AUDITOR, ScopeKind.ALL, "")]
    client = Client()
    client.force_login(make_user(phone="+8613800000077", name="两职", grants=both))
    assert labels(client.get("/dashboard/").content.decode()) == [
        "驾驶舱",
        "年度目标任务",
        "结账与月报",
        "更正",
        "佐证等级",
        "重复号码",
        "我的导出文件",
        "月报邮件",
        "买家咨询",
        "供应商结算",
        "付款名单",
        "入驻申请",
        "采购合同",
        "业务洽谈",
        "违规线索",
        "操作日志",
    ]


def test_a_role_over_a_part_does_not_show_what_asks_for_the_whole_shop() -> None:
    client = Client()
    client.force_login(
        make_user(phone="+8613800000078", name="县里", grants=[(Role.STAFF, ScopeKind.REGION, "wangcang")])
    )
    shown = labels(client.get("/dashboard/").content.decode())
    assert "操作日志" not in shown
    assert "待办" in shown


def test_the_navigation_asks_the_database_nothing() -> None:
    def queries(who: Who) -> int:
        client = desk_of(world, who)
        client.get(reverse("reporting:overview"))
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse("reporting:overview"))
        return sum("accounts_scopegrant" in query["sql"] for query in caught.captured_queries)

    world = World()
    assert [queries(who) for who in STAFF_ROLES] == [1, 1, 1, 1]
