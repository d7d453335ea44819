"""The pages of months: both series, closing by role, the statement as a file, what changed a month later."""

import io
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.ledger.closing_models import ClosingRule, MonthClosing, Statement
from tests.factories.people import Cast
from tests.ledger.closers import Closers, bring_bill, close, make_closers
from tests.ledger.story import Story, at, item, share
from tests.reporting.test_views import table_of

pytestmark = pytest.mark.django_db

MONTHS = reverse("reporting:months")


def url(month: str, name: str = "month") -> str:
    return reverse(f"reporting:{name}", args=[month])


@pytest.fixture
def closers() -> Closers:
    return make_closers()


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content.decode()
    return response.content.decode()


def test_both_series_stand_side_by_side(sales: Story, cast: Cast, closers: Closers, client: Client) -> None:
    close("2026-09", closers)
    close("2026-10", closers)
    client.force_login(cast.auditor)
    rows = {row[0]: row[1:] for row in table_of(page(client, MONTHS), "months")}
    assert rows["2026-11"][1:7] == ["−20.00", "0.00", "20.00", "−20.00", "0.00", "20.00"]
    assert rows["2026-10"][1:7] == ["100.00", "80.00", "−20.00", "60.00", "60.00", "0.00"]
    assert rows["2026-09"][1:7] == ["0.00", "0.00", "0.00", "100.00", "80.00", "−20.00"]
    assert [rows[month][0] for month in ("2026-11", "2026-10", "2026-09")] == ["未结账", "已签发", "已签发"]
    assert rows["2026-10"][-1] == "YJ-2026-10-DEMO"


def test_the_causes_of_a_restated_month_sum_to_its_change(
    sales: Story, cast: Cast, closers: Closers, client: Client
) -> None:
    close("2026-09", closers)
    close("2026-10", closers)
    client.force_login(cast.staff)
    html = page(client, url("2026-10", "month_restated"))
    assert table_of(html, "causes") == [
        ["2026-11", "申请退款", "2", "−20.00", "0.00"],
        ["合计", "", "2", "−20.00", "0.00"],
    ]
    assert table_of(html, "restated-orders") == [[sales.number, "−20.00", "0.00"]]
    html = page(client, url("2026-09", "month_restated"))
    assert table_of(html, "causes")[0] == ["2026-11", "退款已执行", "1", "0.00", "−20.00"]
    drill = html.split('id="restated-orders"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(drill).status_code == 200


def test_three_people_close_a_month_on_its_page(sales: Story, closers: Closers, client: Client) -> None:
    bring_bill("2026-09")
    with clock.set_to(at("2026-10-20")):
        for person, act, other in (
            (closers.preparer, "prepare", "review"),
            (closers.reviewer, "review", "release"),
            (closers.releaser, "release", "prepare"),
        ):
            client.force_login(person)
            html = page(client, url("2026-09"))
            assert f'value="{act}"' in html
            assert f'value="{other}"' not in html
            answer = client.post(url("2026-09", "month_act"), {"act": act}, follow=True)
            assert answer.status_code == 200
        html = answer.content.decode()
    statement = Statement.objects.get()
    assert statement.digest in html
    assert 'name="act"' not in html
    assert table_of(html, "region") == [["旺苍县", "0.00", "100.00", "0.00", "100.00", "0.00"]]
    assert table_of(html, "bridge")[0][1:] == ["100.00", "100.00"]


def test_the_one_who_prepared_gets_no_button_to_review(
    sales: Story, closers: Closers, client: Client
) -> None:
    bring_bill("2026-09")
    with clock.set_to(at("2026-10-20")):
        client.force_login(closers.everything)
        client.post(url("2026-09", "month_act"), {"act": "prepare"})
        assert 'value="review"' not in page(client, url("2026-09"))
        answer = client.post(url("2026-09", "month_act"), {"act": "review"}, follow=True)
    assert "制表人不能复核自己做的月份" in answer.content.decode()
    assert MonthClosing.objects.get().state == "prepared"


def test_what_speaks_against_closing_is_listed_and_nothing_is_written(
    sales: Story, closers: Closers, client: Client
) -> None:
    client.force_login(closers.preparer)
    with clock.set_to(at("2026-10-20")):
        html = page(client, url("2026-09"))
        assert "缺少 demo 渠道 2026-09-30 的账单" in html
        assert 'value="prepare"' not in html
        answer = client.post(url("2026-09", "month_act"), {"act": "prepare"}, follow=True)
    assert "缺少 demo 渠道 2026-09-30 的账单" in answer.content.decode()
    assert not MonthClosing.objects.exists()


def test_a_month_is_sent_back_with_a_reason(sales: Story, closers: Closers, client: Client) -> None:
    bring_bill("2026-09")
    client.force_login(closers.preparer)
    with clock.set_to(at("2026-10-20")):
        client.post(url("2026-09", "month_act"), {"act": "prepare"})
        client.force_login(closers.reviewer)
        answer = client.post(url("2026-09", "month_act"), {"act": "send_back", "reason": " "})
        assert answer.status_code == 422
        assert "请说明退回的原因" in answer.content.decode()
        assert MonthClosing.objects.get().state == "prepared"
        client.post(url("2026-09", "month_act"), {"act": "send_back", "reason": "漏了账单"})
        assert "漏了账单" in page(client, url("2026-09"))
    assert MonthClosing.objects.get().state == "withdrawn"


def test_the_statement_is_sent_as_a_file_and_the_journal_says_to_whom(
    sales: Story, cast: Cast, closers: Closers, client: Client
) -> None:
    close("2026-09", closers)
    client.force_login(cast.auditor)
    answer = client.get(url("2026-09", "month_statement"))
    assert answer["Content-Disposition"] == 'attachment; filename="YJ-2026-09-DEMO.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        assert archive.namelist() == [
            "README.txt",
            "statements/YJ-2026-09-DEMO.json",
            "digests.txt",
            "entries/YJ-2026-09-DEMO.txt",
        ]
    entry = JournalEntry.objects.get(action="statement.exported")
    assert (entry.actor_id, entry.object_key) == (cast.auditor.pk, "2026-09")
    assert client.get(url("2026-10", "month_statement")).status_code == 404


def test_a_statement_larger_than_the_cap_is_refused_with_the_way_to_it(
    sales: Story, cast: Cast, closers: Closers, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    close("2026-09", closers)
    monkeypatch.setattr("shop.ledger.exporting.MOST_ENTRIES", 3)
    client.force_login(cast.staff)
    answer = client.get(url("2026-09", "month_statement"))
    assert answer.status_code == 400
    assert "manage.py export_statement YJ-2026-09-DEMO" in answer.content.decode()
    assert not JournalEntry.objects.filter(action="statement.exported").exists()


def test_staff_say_how_many_people_close_a_month(cast: Cast, closers: Closers, client: Client) -> None:
    words = {"starts_on": "2026-12-01", "people": "2", "reason": "小办公室"}
    client.force_login(closers.preparer)
    assert client.post(MONTHS, words).status_code == 404
    client.force_login(cast.staff)
    with clock.set_to(at("2026-11-20")):
        answer = client.post(MONTHS, words | {"reason": ""})
        assert answer.status_code == 422
        assert ClosingRule.objects.count() == 1
        assert client.post(MONTHS, words).status_code == 302
        assert "小办公室" in page(client, MONTHS)
    assert ClosingRule.objects.latest("starts_on").people == 2


@pytest.mark.parametrize("month", ["2026-13", "202609", "2026-9", "abc", "9999-12", "0001-01-01"])
def test_what_is_no_month_is_not_found(cast: Cast, client: Client, month: str) -> None:
    client.force_login(cast.staff)
    assert client.get(f"/dashboard/months/{month}/").status_code == 404


def test_only_the_whole_shop_sees_months(sales: Story, cast: Cast, closers: Closers, client: Client) -> None:
    for person in (cast.liaison, cast.resident, cast.supplier_user, cast.union_buyer):
        client.force_login(person)
        assert client.get(MONTHS).status_code == 404
        assert client.get(url("2026-09")).status_code == 404
    for person in (closers.preparer, closers.reviewer, closers.releaser):
        client.force_login(person)
        assert client.get(MONTHS).status_code == 200
        assert client.get(reverse("reporting:overview")).status_code == 200


def test_the_orders_that_changed_a_month_open_page_by_page(
    sales: Story, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Story([share(11, 3000, 1)], number="YS20261005-FFFFFFFF", day="2026-10-05").place().pay()
    other.parcel("shipped", 11, 1).parcel("received", 11, 1)
    other.refund("requested", "R11", item("share:11", 1, 3000), day="2026-11-12")
    monkeypatch.setattr("shop.reporting.months.PAGE", 1)
    client.force_login(cast.staff)
    html = page(client, url("2026-10", "month_restated"))
    assert table_of(html, "restated-orders") == [[sales.number, "−20.00", "0.00"]]
    assert table_of(html, "causes")[-1] == ["合计", "", "4", "−50.00", "0.00"]
    assert f'rel="next" href="?after={sales.number}"' in html
    html = page(client, url("2026-10", "month_restated") + f"?after={sales.number}")
    assert table_of(html, "restated-orders") == [[other.number, "−30.00", "0.00"]]
    assert 'rel="next"' not in html
