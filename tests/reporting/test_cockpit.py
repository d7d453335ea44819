"""The cockpit: the same figures however they are cut, and the way from the headline to the parcel."""

import datetime as dt
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.ledger.rollups.services import fold_entries
from shop.regions.models import SupportTarget
from shop.reporting.cockpit import cockpit
from shop.reporting.curves import Cell
from shop.reporting.cuts import Cut
from shop.reporting.periods import Period, whole_year
from tests.factories import make_product, make_supplier, make_target, pay, place
from tests.factories.people import Cast
from tests.fulfilment.cast import open_supplier_orders, ship
from tests.ledger.bulk import paid_orders
from tests.ledger.story import Story, at, share
from tests.reporting.conftest import LONGQUAN
from tests.reporting.test_views import page, table_of

pytestmark = [pytest.mark.django_db, pytest.mark.data]

YEAR = Cut(whole_year(2026), demo=True)


@pytest.fixture(autouse=True)
def november() -> Any:
    """Let it be the end of November 2026."""
    with clock.set_to(at("2026-11-29")):
        yield


@pytest.fixture
def unit(sales: Story) -> Story:
    """A union buys 5000 of Longquan directly and in bulk, by acceptance."""
    dims = LONGQUAN | {
        "buyer_kind": "union",
        "credited_organisation": "un-001",
        "mode": "direct",
        "channel": "bulk",
    }
    story = Story([share(21, 5000, 1, **dims)], number="YS20261020-UUUUUUUU", day="2026-10-20").place()
    return story.pay(("pu", 5000)).parcel("shipped", 21, 1).parcel("received", 21, 1, day="2026-10-28")


def test_a_cut_by_buyers_has_the_figures_of_these_buyers(unit: Story) -> None:
    fold_entries()
    whole = cockpit(SYSTEM, YEAR).found.total
    parts = [
        cockpit(SYSTEM, Cut(YEAR.period, True, channel=channel)).found.total for channel in ("web", "bulk")
    ]
    assert [part.net for part in parts] == [14_000, 5_000]
    assert sum(part.net for part in parts) == whole.net == 19_000
    assert sum(part.confirmed for part in parts) == whole.confirmed == 13_000
    union = cockpit(SYSTEM, Cut(YEAR.period, True, buyer_kind="union", region="longquan")).found
    assert [(row.region, row.sums.confirmed) for row in union.rows] == [("longquan", 5000)]


def test_targets_stand_beside_what_they_are_about(unit: Story) -> None:
    longquan = SupportTarget.objects.get(region__slug="longquan", demo=True)
    SupportTarget.objects.create(
        region=longquan.region, programme=longquan.programme, year=2026, mode="direct", target_fen=200_000
    )
    assert cockpit(SYSTEM, YEAR).found.total.target == 1_500_000
    assert cockpit(SYSTEM, Cut(YEAR.period, True, mode="direct")).found.total.target == 200_000
    assert cockpit(SYSTEM, Cut(YEAR.period, True, mode="direct")).found.total.confirmed == 5_000
    assert cockpit(SYSTEM, Cut(YEAR.period, True, channel="bulk")).found.total.target == 0
    assert cockpit(SYSTEM, Cut(YEAR.period, True, region="longquan")).found.total.target == 500_000
    assert cockpit(SYSTEM, Cut(YEAR.period, False)).found.total.target == 7


def test_the_restated_series_counts_by_the_month_the_money_belongs_to(sales: Story) -> None:
    fold_entries()
    september, october, november = (
        Period(dt.date(2026, month, 1), dt.date(2026, month, last))
        for month, last in ((9, 30), (10, 31), (11, 30))
    )

    def figures(series: Any) -> list[tuple[int, int]]:
        cuts = [Cut(period, True, series) for period in (september, october, november)]
        totals = [cockpit(SYSTEM, cut).found.total for cut in cuts]
        return [(total.confirmed, total.net) for total in totals]

    # Paid in September, confirmed in October, 2000 of it refunded in November.
    assert figures("reported") == [(0, 10_000), (10_000, 6_000), (-2_000, -2_000)]
    assert figures("restated") == [(0, 8_000), (8_000, 6_000), (0, 0)]


def test_months_stand_beside_last_years(sales: Story) -> None:
    before = (
        Story([share(31, 3000, 1)], number="YS20251005-PPPPPPPP", day="2025-10-05").place().pay(("pp", 3000))
    )
    before.parcel("shipped", 31, 1, day="2025-10-06").parcel("received", 31, 1, day="2025-10-09")
    found = cockpit(SYSTEM, YEAR)
    october = Cell("wangcang", "east-west", dt.date(2026, 10, 1))
    assert found.months[october].confirmed == 10_000
    assert found.months[october._replace(month=dt.date(2025, 10, 1))].confirmed == 3_000
    way = found.outlooks["wangcang", "east-west"]
    # All of last year was confirmed by October: as things went then, nothing more is to come.
    assert (way.target, way.confirmed, way.forecast) == (1_000_000, 8_000, 8_000)
    assert found.whole is not None
    assert (found.whole.target, found.whole.confirmed) == (1_500_000, 8_000)


def test_suppliers_and_products_add_up_to_the_figures(unit: Story) -> None:
    found = cockpit(SYSTEM, YEAR)
    assert found.suppliers is not None
    assert found.products is not None
    assert [(row.code, row.confirmed, row.net) for row in found.suppliers] == [
        ("WC-01", 8_000, 8_000),
        ("LQ-01", 5_000, 11_000),
    ]
    assert sum(row.net for row in found.products) == found.found.total.net
    assert cockpit(SYSTEM, Cut(YEAR.period, True, channel="web")).suppliers is None


def test_suppliers_behind_the_first_fifteen_are_one_row(places: None) -> None:
    for number in range(20):
        Story(
            [share(100 + number, 100 + number, 1, supplier=f"S-{number:02d}")], number=f"YS-S{number:02d}"
        ).place().pay((f"ps{number}", 100 + number))
    found = cockpit(SYSTEM, YEAR).suppliers
    assert found is not None
    assert [row.code for row in found][:2] == ["S-19", "S-18"]
    assert (len(found), found[-1].code, found[-1].count, found[-1].net) == (
        16,
        "",
        5,
        100 + 101 + 102 + 103 + 104,
    )


def test_a_liaison_has_the_own_region_everywhere(unit: Story, cast: Cast, client: Client) -> None:
    scope = Scope(regions=frozenset({"wangcang"}))
    found = cockpit(scope, YEAR)
    assert {row.region for row in found.found.rows} == {"wangcang"}
    assert {cell.region for cell in found.months} == {"wangcang"}
    assert {row.region for row in found.suppliers or []} == {"wangcang"}
    assert sum(row.net for row in found.buyers) == found.found.total.net == 8_000
    client.force_login(cast.liaison)
    for address in ("", "export/csv/", "export/json/", "targets/", "targets/export/csv/"):
        text = page(client, f"/dashboard/{address}", year="2026")
        assert "龙泉" not in text, address
        assert "un-001" not in text, address
    # Whoever asks for another region in the address gets nothing of it.
    assert cockpit(scope, Cut(YEAR.period, True, region="longquan")).found.rows == []


def test_charts_draw_the_figures_of_their_tables(unit: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.auditor)
    html = page(client, reverse("reporting:overview"), year="2026")
    data = {
        key: json.loads(text)
        for key, text in re.findall(
            r'<script id="chart-([\w-]+)" type="application/json">(.*?)</script>', html, re.S
        )
    }
    assert list(data) == ["overview", "bridge", "months", "buyer-kinds", "channels", "suppliers", "products"]
    regions = {row["slug"]: (row["fen"], row["paid"], row["target"]) for row in data["overview"]["rows"]}
    assert regions == {"wangcang": (8_000, 0, 1_000_000), "longquan": (5_000, 6_000, 500_000)}
    assert data["months"]["lines"][0]["fen"][8:] == [0, 15_000, -2_000, None]
    assert sum(row["fen"] for row in data["bridge"]["rows"]) == 19_000
    for key in data:
        assert f'data-chart="chart-{key}"' in html
        assert f'id="{key}"' in html, "its table"


def test_nothing_on_the_page_is_script_or_style_of_its_own(unit: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    html = page(client, reverse("reporting:overview"), year="2026")
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in found or 'type="application/json"' in found for found in scripts)
    assert " style=" not in html
    assert "<style" not in html


def test_the_filters_offer_the_places_that_the_reader_may_see(
    places: None, cast: Cast, client: Client
) -> None:
    every = ["", "wangcang", "longquan"]
    for reader, regions in ((cast.auditor, every), (cast.liaison, ["", "wangcang"])):
        client.force_login(reader)
        html = page(client, reverse("reporting:overview"), year="2026", region="wangcang")
        offered = {
            name: re.findall(r'<option value="([^"]*)"', options)
            for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', html, re.S)
        }
        assert sorted(offered["region"]) == sorted(regions)
        assert offered["programme"] == ["", "east-west", "mountain-sea"]
        assert '<option value="wangcang" selected>旺苍县</option>' in html


def test_filters_stay_in_every_address(unit: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    html = page(client, reverse("reporting:overview"), year="2026", channel="bulk", buyer_kind="union")
    rows = table_of(html, "overview")
    assert rows[-1][3] == "50.00"
    links = re.findall(r'href="(/dashboard/entries/[^"]+)"', html)
    assert links
    for link in links:
        asked = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
        assert (asked["channel"], asked["buyer_kind"]) == (["bulk"], ["union"])
    opened = page(client, next(link for link in links if "measure=confirmed" in link).replace("&amp;", "&"))
    assert table_of(opened, "orders")[-1][-1] == "50.00"


def test_unreadable_filters_are_said_and_refused_in_files(unit: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    for asked in (
        {"channel": "no-such"},
        {"buyer_kind": "x"},
        {"mode": "x"},
        {"series": "x"},
        {"demo": "2"},
        {"series": "restated", "start": "2026-01-02", "end": "2026-02-28"},
    ):
        answer = client.get(reverse("reporting:overview"), asked)
        assert answer.status_code == 200
        assert len(answer.context["form"].errors) == 1, asked
        assert client.get(reverse("reporting:export", args=["json"]), asked).status_code == 400
    goods_of_buyers = {"measure": "net", "supplier": "WC-01", "channel": "web"}
    assert client.get(reverse("reporting:drill"), goods_of_buyers).status_code == 400


def test_real_and_demonstration_data_are_asked_for(unit: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    real = page(client, reverse("reporting:overview"), year="2026", demo="0")
    assert table_of(real, "overview")[-1][3] == "777.00"
    demo = page(client, reverse("reporting:overview"), year="2026", demo="1")
    assert table_of(demo, "overview")[-1][3] == "130.00"


def test_every_restated_figure_opens_to_its_own_sum(unit: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    html = page(
        client,
        reverse("reporting:overview"),
        start="2026-10-01",
        end="2026-10-31",
        series="restated",
        region="wangcang",
    )
    assert table_of(html, "overview")[-1][3] == "80.00"
    links = re.findall(r'<a href="(/dashboard/entries/[^"]+)">([^<]+)</a>', html)
    assert len(links) > 8
    for url, shown in links:
        opened = page(client, url.replace("&amp;", "&"))
        assert table_of(opened, "orders")[-1][-1] == shown, url


def test_a_figure_opens_by_region_and_organisation(unit: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.auditor)
    whole = page(client, reverse("reporting:drill"), measure="confirmed", year="2026")
    assert table_of(whole, "places") == [
        ["旺苍县", "东西部协作", "80.00", "61.5%"],
        ["龙泉市", "山海协作", "50.00", "38.4%"],
        ["合计", "", "130.00", ""],
    ]
    place_url = next(url for url in re.findall(r'<a href="([^"]+)">', whole) if "region=longquan" in url)
    one = page(client, place_url.replace("&amp;", "&"))
    assert 'id="places"' not in one
    assert table_of(one, "organisations")[0][1:] == ["工会", "50.00", "100.0%"]
    unit_url = next(url for url in re.findall(r'<a href="([^"]+)">', one) if "organisation=un-001" in url)
    orders = page(client, unit_url.replace("&amp;", "&"))
    assert table_of(orders, "orders")[0][0] == unit.number


def test_from_the_headline_to_the_parcel(cast: Cast, client: Client) -> None:
    supplier = make_supplier(code="matrix-one")
    make_target(region=supplier.region, target_fen=1_000_000)
    record = place(lines=[(make_product(supplier=supplier), 2)], buyer=cast.resident)
    pay(record)
    open_supplier_orders(record)
    order = record.supplier_orders.get()
    ship(order)
    parcel, sold = order.parcels.get(), record.shares.get()
    Story(
        [share(sold.pk, sold.fen, 2, product_name=sold.dims["product_name"])],
        number=record.number,
        day="2026-10-01",
    ).place().pay(("p", sold.fen))
    client.force_login(cast.auditor)
    html = page(client, reverse("reporting:drill"), measure="net", year="2026", order=record.number)
    line = next(url for url in re.findall(r'<a href="([^"]+)">', html) if f"source=share%3A{sold.pk}" in url)
    opened = page(client, line.replace("&amp;", "&"))
    assert table_of(opened, "evidence")[0][0] == "B 级佐证"
    (row,) = table_of(opened, "parcels")
    assert row[0] == f"{parcel.courier} {parcel.tracking_number}"
    assert row[2] == "2"
    address = reverse("reporting:parcel", args=[parcel.pk])
    assert f'href="{address}"' in opened
    shown = page(client, address)
    assert "已交快递" in shown
    assert record.number in shown
    for private in ("13800138000", "沈佳", "市心北路"):
        assert private not in shown


def test_a_parcel_of_another_region_is_not_there(cast: Cast, client: Client) -> None:
    supplier = make_supplier(code="sea", region=None)
    record = place(lines=[(make_product(supplier=supplier), 1)], buyer=cast.resident)
    pay(record)
    open_supplier_orders(record)
    ship(record.supplier_orders.get())
    share_row = record.shares.get()
    share_row.dims["region"] = "longquan"
    share_row.save(update_fields=["dims"])
    address = reverse("reporting:parcel", args=[record.supplier_orders.get().parcels.get().pk])
    client.force_login(cast.auditor)
    page(client, address)
    client.force_login(cast.liaison)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("orders", [1, 20, 200])
def test_the_cockpit_asks_as_often_for_any_number_of_orders(
    places: None, orders: int, django_assert_num_queries: Any
) -> None:
    paid_orders(orders)
    with django_assert_num_queries(3):
        cockpit(SYSTEM, YEAR)


def test_staff_set_a_target_on_the_page(places: None, cast: Cast, client: Client) -> None:
    address = reverse("reporting:targets")
    asked = {
        "year": "2026",
        "region": "wangcang",
        "programme": "east-west",
        "mode": "",
        "amount": "1,980.00",
        "decided_on": "2026-03-01",
        "reason": "区委 3 号文",
    }
    client.force_login(cast.staff)
    sent = client.post(address, asked | {"year": "2025"})
    assert sent.status_code == 422
    assert "2025 年已经结束" in sent.content.decode()
    assert client.post(address, asked).status_code == 302
    target = SupportTarget.objects.get(region__slug="wangcang", year=2026, demo=True)
    assert (target.target_fen, target.decided_on) == (198_000, dt.date(2026, 3, 1))
    html = page(client, address)
    assert "区委 3 号文" in html
    assert next(row for row in table_of(html, "targets") if row[0] == "旺苍县")[:4] == [
        "旺苍县",
        "东西部协作",
        "两种方式合计",
        "1,980.00",
    ]
    for person in (cast.auditor, cast.liaison, cast.finance):
        client.force_login(person)
        assert client.post(address, asked).status_code == 404
        assert 'id="set"' not in page(client, address)
    assert SupportTarget.objects.get(pk=target.pk).target_fen == 198_000
