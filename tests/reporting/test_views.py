"""The staff pages: who may see them, what they show, what they refuse."""

import csv
import datetime as dt
import hashlib
import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import Settings

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.reporting.tables import share_of
from tests.factories.people import Cast
from tests.ledger.story import Story, share

pytestmark = pytest.mark.django_db

PAGES = (
    reverse("reporting:targets_export", args=["csv"]),
    reverse("reporting:export", args=["json"]),
    reverse("reporting:overview"),
    reverse("reporting:export", args=["csv"]),
    reverse("reporting:export", args=["xlsx"]),
    reverse("reporting:drill") + "?measure=net",
    reverse("reporting:drill_export", args=["csv"]) + "?measure=net",
    reverse("reporting:drill_export", args=["xlsx"]) + "?measure=net",
)


def page(client: Client, url: str, **data: str) -> str:
    response = client.get(url, data)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


@pytest.mark.parametrize("url", PAGES)
def test_only_readers_open_the_figures(places: None, cast: Cast, client: Client, url: str) -> None:
    assert client.get(url).status_code == 302
    for person, status in (
        (cast.resident, 404),
        (cast.supplier_user, 404),
        (cast.union_buyer, 404),
        (cast.staff, 200),
        (cast.finance, 200),
        (cast.liaison, 200),
        (cast.auditor, 200),
    ):
        client.force_login(person)
        response = client.get(url)
        assert response.status_code == status, (person, url)
        assert client.post(url).status_code in (404, 405)
        if status == 200:
            assert "no-store" in response["Cache-Control"]


def test_overview_shows_figures_bridge_and_marks(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    html = page(client, reverse("reporting:overview"), year="2026")
    rows = table_of(html, "overview")
    wangcang = next(row for row in rows if row[:2] == ["旺苍县", "东西部协作"])
    assert wangcang[2:6] == ["10,000.00", "80.00", "0.80%", "0.00"]
    assert rows[-1][2:6] == ["15,000.00", "80.00", "0.53%", "60.00"]
    bridge = table_of(html, "bridge")
    assert bridge[-1][2:] == [
        "160.00",
        "20.00",
        "140.00",
        "0.00",
        "60.00",
        "0.00",
        "0.00",
        "0.00",
        "80.00",
        "12.00",
    ]
    assert next(row for row in bridge if row[0] == "旺苍县")[2:5] == ["100.00", "20.00", "80.00"]
    assert "平台口径" in html
    assert 'data-region="longquan"' in html


def table_of(html: str, key: str) -> list[list[str]]:
    """Return the texts of a table's cells, body and foot."""
    body = html.split(f'id="{key}"')[1].split("<tbody>")[1].partition("</table>")[0]
    rows = [
        re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)
    ]
    return [
        [re.sub(r"<span class=\"seal.*?</span>|<[^>]+>", "", cell).strip() for cell in row] for row in rows
    ]


def test_every_link_of_the_overview_opens_to_its_figure(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    html = page(client, reverse("reporting:overview"), year="2026")
    links = re.findall(r'<a href="(/dashboard/entries/[^"]+)">([^<]+)</a>', html)
    assert len(links) > 20
    for url, shown in links:
        opened = page(client, url.replace("&amp;", "&"))
        assert f"¥{shown}</span>" in opened, (url, shown)
        assert table_of(opened, "orders")[-1][-1] == shown


def test_the_way_from_orders_to_entries(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.auditor)
    url = reverse("reporting:drill")
    span = {"start": "2026-01-01", "end": "2026-12-31", "measure": "confirmed"}
    orders = table_of(page(client, url, **span), "orders")
    assert orders[0] == [sales.number, "2026-11-10", "1", "80.00"]
    html = page(client, url, **span, order=sales.number)
    assert table_of(html, "lines")[-1][-1] == "80.00"
    entries = table_of(html, "entries")
    assert [row[-1] for row in entries] == ["100.00", "−20.00", "80.00"]
    assert entries[1][:3] == ["2026-11-10", "2026-10", sales.number]


def test_a_liaison_sees_the_own_region_only(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.liaison)
    html = page(client, reverse("reporting:overview"), year="2026")
    assert "旺苍县" in html
    assert "龙泉市" not in html
    url = reverse("reporting:drill")
    assert page(client, url, measure="net", region="longquan", year="2026").count("YS20261001") == 0
    export = page(client, reverse("reporting:drill_export", args=["csv"]), measure="net", year="2026")
    assert sales.number in export
    assert "YS20261001" not in export


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"year": "abc"}, "year"),
        ({"year": "1999"}, "year"),
        ({"start": "2026-01-01"}, "end"),
        ({"end": "2026-01-01"}, "start"),
        ({"start": "2026-02-01", "end": "2026-01-01"}, "end"),
        ({"start": "2026-02-30", "end": "2026-03-01"}, "start"),
        ({"start": "0001-01-01", "end": "2026-03-01"}, "start"),
        ({"start": "2026-02-01", "end": "2026-03-01", "year": "2025"}, "year"),
        ({"programme": "no such thing"}, "programme"),
    ],
)
def test_bad_filters_are_named(
    places: None, cast: Cast, client: Client, data: dict[str, str], field: str
) -> None:
    client.force_login(cast.staff)
    response = client.get(reverse("reporting:overview"), data)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert client.get(reverse("reporting:export", args=["csv"]), data).status_code == 400
    assert client.get(reverse("reporting:drill"), data | {"measure": "net"}).status_code == 400


def test_unknown_figures_pages_and_formats_are_refused(places: None, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    url = reverse("reporting:drill")
    assert client.get(url).status_code == 400
    assert client.get(url, {"measure": "secret"}).status_code == 400
    assert client.get(url, {"measure": "net", "order": "", "after": "x' OR 1=1"}).status_code == 400
    assert client.get(reverse("reporting:export", args=["exe"])).status_code == 404


EVIL = ("=HYPERLINK(1)", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "＝1", " =1")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exports_are_what_is_shown_and_run_no_formulas(
    places: None, cast: Cast, client: Client, kind: str
) -> None:
    shares = [
        share(number, 1000, 1, product_name=name, supplier_name=f"{name}厂")
        for number, name in enumerate([*EVIL, "0012345", "13800000001", "茶\x0b"], start=1)
    ]
    story = Story(shares).place().pay(("p", 11_000))
    client.force_login(cast.staff)
    span = {"measure": "net", "year": "2026", "order": story.number}
    response = client.get(reverse("reporting:drill_export", args=[kind]), span)
    assert f'.{kind}"' in response["Content-Disposition"]
    rows = _csv_rows(response.content) if kind == "csv" else _xlsx_rows(response.content)
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    assert not [text for text in texts if text.lstrip()[:1] in tuple("=+@＝") or text[:1] in ("\t", "\r")]
    assert {"'=HYPERLINK(1)", "'+1", "'-1+1", "'@SUM(1)", "'0012345", "'13800000001", "茶"} <= set(texts)
    sums = [float(row[-1]) for row in rows if row and row[-1] in ("110.00", 110)]
    assert sums == [110.0, 110.0]  # under the lines and under the entries


def _csv_rows(content: bytes) -> list[list[Any]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _xlsx_rows(content: bytes) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    return [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]


def test_overview_exports_carry_basis_cut_off_lag_and_label(sales: Story, cast: Cast, client: Client) -> None:
    Story([share(9, 100, 1)], number="YSLATE", post=None).place()
    client.force_login(cast.staff)
    response = client.get(reverse("reporting:export", args=["csv"]), {"year": "2026"})
    rows = _csv_rows(response.content)
    head = "\n".join("|".join(row) for row in rows[:8])
    assert "平台口径" in head
    assert "2026-01-01 – 2026-12-31" in head
    assert "Asia/Shanghai" in head
    assert rows[5] == ["台账", "还有 1 个事件待处理"]
    confirmed = next(row for row in rows if row[:1] == ["旺苍县"])
    assert confirmed[2:6] == ["10000.00", "80.00", "0.80%", "0.00"]
    book = load_workbook(
        io.BytesIO(client.get(reverse("reporting:export", args=["xlsx"]), {"year": "2026"}).content)
    )
    assert book.sheetnames == [*SHEETS, "method"]
    assert {book[name].freeze_panes for name in SHEETS} == {"A3"}
    found = [row for row in book["overview"].iter_rows(values_only=True) if row[0] == "旺苍县"]
    assert [found[0][index] for index in (2, 3, 5)] == [10000, 80, 0]
    method = [list(row[:2]) for row in book["method"].iter_rows(values_only=True)]
    assert ["台账", "还有 1 个事件待处理"] in method
    assert ["数据性质", "演示数据"] in method


SHEETS = [
    *("overview", "bridge", "months", "buyer-kinds", "channels", "modes", "suppliers", "products"),
    *("buyers", "not-counted", "other"),
]


def test_days_and_amounts_of_a_workbook_have_their_types(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    url = reverse("reporting:drill_export", args=["xlsx"])
    book = load_workbook(
        io.BytesIO(client.get(url, {"measure": "net", "year": "2026", "region": "wangcang"}).content)
    )
    row = next(row for row in book["orders"].iter_rows(values_only=True) if row[0] == sales.number)
    assert isinstance(row[1], dt.datetime)
    assert (row[0], row[1].date(), *row[2:]) == (sales.number, dt.date(2026, 11, 11), 1, 80)


def test_json_is_what_is_shown_in_whole_fen(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    sent = client.get(reverse("reporting:export", args=["json"]), {"year": "2026"})
    body = json.loads(sent.content)
    assert body["amounts"] == "fen"
    assert [table["key"] for table in body["tables"]] == SHEETS
    overview = body["tables"][0]
    assert next(row for row in overview["rows"] if row[0] == "旺苍县")[2:6] == [1_000_000, 8000, "0.80%", 0]
    assert overview["total"][2:4] == [1_500_000, 8000]


def test_the_journal_says_who_took_what(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.auditor)
    sent = client.get(reverse("reporting:export", args=["csv"]), {"year": "2026", "channel": "web"})
    entry = JournalEntry.objects.get(action="export.downloaded")
    assert (entry.actor_id, entry.object_key) == (cast.auditor.pk, "consumption-support")
    assert entry.after == {
        "kind": "csv",
        "start": "2026-01-01",
        "end": "2026-12-31",
        "narrowed": "channel=web",
        "rows": entry.after["rows"],
        "sha256": hashlib.sha256(sent.content).hexdigest(),
    }
    assert entry.after["rows"] > 0


def test_too_long_an_export_is_refused_with_a_sentence(
    sales: Story, cast: Cast, client: Client, settings: Settings
) -> None:
    settings.EXPORT_MOST_ROWS = 3
    client.force_login(cast.staff)
    for kind in ("csv", "xlsx"):
        response = client.get(reverse("reporting:export", args=[kind]), {"year": "2026"})
        assert response.status_code == 400
        assert "3 行" in response.content.decode()
    refused = JournalEntry.objects.filter(action="export.refused").order_by("pk")
    assert [(entry.actor_id, entry.object_key, entry.after["kind"]) for entry in refused] == [
        (cast.staff.pk, "consumption-support", "csv"),
        (cast.staff.pk, "consumption-support", "xlsx"),
    ]


def shown(response: Any) -> dict[str, Any]:
    form = response.context["form"]
    found = {name: form[name].value() for name in ("year", "start", "end")}
    return {name: str(value) for name, value in found.items() if value}


def test_the_filter_shows_the_period_of_the_figures(places: None, cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    url = reverse("reporting:overview")
    days = {"start": "2026-02-01", "end": "2026-03-01"}
    assert shown(client.get(url)) == {"year": str(clock.today().year)}
    assert shown(client.get(url, {"year": "2025"})) == {"year": "2025"}
    assert shown(client.get(url, days)) == days
    # Within the year that stands beside them the days hold: the year was filled in by the page.
    assert shown(client.get(url, days | {"year": "2026"})) == days
    whole = {"start": "2026-01-01", "end": "2026-12-31"}
    assert shown(client.get(url, whole)) == {"year": "2026"}


def test_nothing_of_a_target_is_none_percent() -> None:
    assert [share_of(*pair) for pair in ((0, 500), (9, 1_000_000), (5, 500), (0, 0))] == [
        "0%",
        "0%",
        "1.0%",
        "–",
    ]
