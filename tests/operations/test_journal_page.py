"""The journal as staff and auditors read it, on the page and as a file."""

import csv
import hashlib
import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.journal.services import HIDDEN, record
from tests.factories import Cast, make_cast

pytestmark = pytest.mark.django_db
JOURNAL = "/dashboard/journal/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(client: Client, cast: Cast) -> Client:
    client.force_login(cast.auditor)
    return client


def say(actor_id: int | None = None, action: str = "parcel.ship", **more: Any) -> JournalEntry:
    return record(actor_id=actor_id, action=action, **({"object_type": "order", "object_key": "YS-1"} | more))


def numbers(answer: Any) -> list[int]:
    return [row.pk for row in answer.context["rows"]]


def test_an_entry_shows_who_what_and_each_value_before_and_after(desk: Client, cast: Cast) -> None:
    say(
        cast.staff.pk,
        "terms.ended",
        before={"limit": "100.00", "days": 30},
        after={"limit": "80.00", "note": "缩短"},
        reason="与单位商定",
    )
    answer = desk.get(JOURNAL)
    (row,) = answer.context["rows"]
    assert (row.who, row.action_name, row.reason) == ("赵运营", "账期终止", "与单位商定")
    assert [(change.name, change.before, change.after) for change in row.changes] == [
        ("days", "30", ""),
        ("limit", "100.00", "80.00"),
        ("note", "", "缩短"),
    ]
    say(None, "stock.changed")
    assert desk.get(JOURNAL).context["rows"][0].who == "系统"


def test_filters_narrow_and_join(desk: Client, cast: Cast) -> None:
    one = say(cast.staff.pk, "parcel.ship").pk
    two = say(cast.finance.pk, "parcel.stop", object_key="YS-2").pk
    three = say(cast.staff.pk, "accounts.closed", object_type="user", object_key="7").pk
    for query, found in (
        ({}, [three, two, one]),
        ({"who": "赵运营"}, [three, one]),
        ({"who": "13800000009"}, [two]),
        ({"who": "查无此人"}, []),
        ({"action": "parcel."}, [two, one]),
        ({"action": "parcel.ship"}, [one]),
        ({"kind": "user"}, [three]),
        ({"kind": "order", "key": "YS-2"}, [two]),
        ({"who": "赵运营", "action": "parcel."}, [one]),
        ({"start": f"{clock.today()}", "end": f"{clock.today()}"}, [three, two, one]),
        ({"end": "2020-01-01"}, []),
        ({"start": "9999-12-31"}, []),
    ):
        assert numbers(desk.get(JOURNAL, query)) == found, query


def test_a_day_that_is_none_is_said_and_does_not_narrow(desk: Client) -> None:
    only = say().pk
    answer = desk.get(JOURNAL, {"start": "gestern"})
    assert answer.status_code == 400
    assert "start" in answer.context["form"].errors
    assert numbers(answer) == [only]


def test_pages_follow_each_other_by_number_while_entries_come_in(desk: Client) -> None:
    written = [say(object_key=f"YS-{number}").pk for number in range(120)]
    seen: list[int] = []
    answer = desk.get(JOURNAL)
    while True:
        seen += numbers(answer)
        say(object_key="late")
        if not answer.context["next_query"]:
            break
        answer = desk.get(f"{JOURNAL}?{answer.context['next_query']}")
    assert seen == written[::-1]


def test_secrets_never_get_into_an_entry() -> None:
    entry = say(
        before={"webhook_url": "https://qyapi.example.com/key=1", "password_set": True},
        after={
            "password": "x",
            "nested": {"totp_secret": "JBSWY3DP", "name": "n"},
            "token": "",
            "api_key": None,
        },
    )
    entry.refresh_from_db()
    assert entry.before == {"webhook_url": HIDDEN, "password_set": True}
    assert entry.after == {
        "password": HIDDEN, "nested": {"totp_secret": HIDDEN, "name": "n"}, "token": "", "api_key": None,
    }  # fmt: skip


EVIL = '=HYPERLINK("http://evil.example","x")'


def test_the_files_hold_what_the_page_found_and_no_formula(desk: Client, cast: Cast) -> None:
    say(cast.staff.pk, reason=EVIL, after={"note": "+1+1"})
    say(cast.finance.pk, "parcel.stop")
    answer = desk.get(f"{JOURNAL}export/csv/", {"who": "赵运营"})
    assert answer["Content-Disposition"] == 'attachment; filename="journal.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    lines = rows[rows.index(["时间", "操作人", "操作", "对象", "对象编号", "变更前", "变更后", "原因"]) + 1 :]
    assert [line[1:] for line in lines] == [
        ["赵运营", "包裹已发出", "订单", "YS-1", "", "note: +1+1", f"'{EVIL}"]
    ]
    book = load_workbook(io.BytesIO(desk.get(f"{JOURNAL}export/xlsx/", {"action": "parcel."}).content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert sum(cell.value == "订单" for cell in cells) == 2


def test_a_download_is_journalled_and_a_wrong_day_downloads_nothing(desk: Client, cast: Cast) -> None:
    say()
    assert desk.get(f"{JOURNAL}export/csv/", {"start": "gestern"}).status_code == 400
    assert not JournalEntry.objects.filter(action="export.downloaded").exists()
    sent = desk.get(f"{JOURNAL}export/csv/", {"kind": "order", "who": "赵运营"})
    entry = JournalEntry.objects.get(action="export.downloaded")
    assert (entry.actor_id, entry.object_key) == (cast.auditor.pk, "journal")
    digest = hashlib.sha256(sent.content).hexdigest()
    assert entry.after == {"kind": "order", "file": "csv", "rows": 0, "sha256": digest}
    assert desk.get(f"{JOURNAL}export/pdf/").status_code == 404


def test_markup_in_a_value_is_text(desk: Client) -> None:
    say(after={"<script>alert(1)</script>": "<b>x</b>"}, reason="<script>alert(2)</script>")
    page = desk.get(JOURNAL).content.decode()
    assert "<script>alert" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
