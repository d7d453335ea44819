"""Files that the worker makes: asked for on a page, made whole of one moment, taken by one person, then gone."""

import csv
import datetime as dt
import io
import os
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import resolve, reverse
from openpyxl import load_workbook
from pytest_django import Settings

from shop.accounts.models import Role, ScopeGrant, ScopeKind
from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock, faultpoint
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.operations.exports import MAKERS
from shop.reporting import drill_file, making
from shop.reporting.asking import MOST_WAITING, Wish, ask_export, folder, path_of
from shop.reporting.drill import all_orders
from shop.reporting.exports import write_tables
from shop.reporting.making import Content, make_exports, sweep_exports
from shop.reporting.models import ExportJob
from shop.reporting.tables import Cell, Table
from tests.factories.people import Cast, make_user
from tests.ledger.bulk import paid_orders

pytestmark = pytest.mark.django_db
NET = {"measure": "net", "year": "2026"}


@pytest.fixture(autouse=True)
def small(settings: Settings, tmp_path: Path) -> None:
    """Let a list of four rows be a long one, and lie in a folder of the test's own."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.EXPORT_DIRECT_ROWS, settings.EXPORT_MOST_ROWS = 3, 50


def ask(client: Client, kind: str = "csv", **query: str) -> ExportJob:
    """Do what a person does: open the file's address, and have it made."""
    offer = client.get(reverse("reporting:drill_export", args=[kind]), NET | query)
    assert offer.status_code == 200, offer.content.decode()
    answer = client.post(offer.context["ask_url"])
    assert answer.status_code == 302, answer.content.decode()
    return ExportJob.objects.get(key=resolve(answer["Location"]).kwargs["key"])


def take(client: Client, job: ExportJob) -> Any:
    return client.get(reverse("reporting:export_file", args=[job.key]))


def bytes_of(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def orders_in(content: bytes) -> list[str]:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [row[0] for row in rows if row and row[0].startswith("YS")]


@pytest.mark.data
def test_a_long_list_is_made_by_the_worker_and_is_what_a_short_one_would_be(
    places: None, cast: Cast, client: Client, settings: Settings
) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    offer = client.get(reverse("reporting:drill_export", args=["csv"]), NET)
    assert (offer.context["rows"], ExportJob.objects.count()) == (5, 0)
    job = ask(client)
    assert (job.state, job.rows_wanted) == ("waiting", 5)
    page = client.get(reverse("reporting:export_job", args=[job.key])).content.decode()
    assert f'hx-get="{reverse("reporting:export_state", args=[job.key])}"' in page
    assert take(client, job).status_code == 302
    with time_machine.travel(clock.now(), tick=False):
        assert make_exports(MAKERS) == 1
        job.refresh_from_db()
        content = bytes_of(take(client, job))
        settings.EXPORT_DIRECT_ROWS = 50
        direct = client.get(reverse("reporting:drill_export", args=["csv"]), NET).content
    assert content == direct
    assert orders_in(content) == [f"YS{number:06d}" for number in (4, 3, 2, 1, 0)]
    # The orders, and above them two places and an organisation.
    assert (job.state, job.rows_done, job.size) == ("ready", 8, len(content))
    assert job.expires_at == job.made_at + dt.timedelta(days=7)  # type: ignore[operator]
    page = client.get(reverse("reporting:export_job", args=[job.key])).content.decode()
    assert job.digest in page
    assert 'hx-trigger="every' not in page


def test_a_workbook_of_the_worker_keeps_its_types(places: None, cast: Cast, client: Client) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client, "xlsx")
    make_exports(MAKERS)
    book = load_workbook(io.BytesIO(bytes_of(take(client, job))))
    rows = [row for row in book["orders"].iter_rows(values_only=True) if str(row[0]).startswith("YS")]
    assert [(row[0], row[2], row[3]) for row in rows][-1] == ("YS000000", 1, 1)
    assert isinstance(rows[0][1], dt.datetime)
    assert "method" in book.sheetnames


def test_who_asked_made_and_took_it_stands_in_the_log(places: None, cast: Cast, client: Client) -> None:
    paid_orders(5)
    client.force_login(cast.auditor)
    job = ask(client, channel="web")
    make_exports(MAKERS)
    bytes_of(take(client, job))
    bytes_of(take(client, job))
    told = [
        (entry.action, entry.actor_id, entry.after.get("rows"), entry.after.get("sha256"))
        for entry in JournalEntry.objects.filter(object_type="export").order_by("pk")
    ]
    job.refresh_from_db()
    assert told == [
        ("export.asked", cast.auditor.pk, 5, None),
        ("export.made", cast.auditor.pk, 8, job.digest),
        ("export.downloaded", cast.auditor.pk, 8, job.digest),
        ("export.downloaded", cast.auditor.pk, 8, job.digest),
    ]
    entry = JournalEntry.objects.filter(action="export.downloaded")[0]
    assert (entry.object_key, entry.after["start"], entry.after["end"]) == (
        "entries-net",
        "2026-01-01",
        "2026-12-31",
    )
    assert entry.after["narrowed"] == "channel=web&measure=net"
    html = client.get(reverse("reporting:export_log")).content.decode()
    assert html.count(job.digest[:12]) == 3
    assert "何审计" in html
    client.force_login(cast.liaison)
    assert client.get(reverse("reporting:export_log")).status_code == 404


def test_a_small_file_that_is_sent_at_once_stands_in_the_log_too(
    places: None, cast: Cast, client: Client
) -> None:
    paid_orders(2)
    client.force_login(cast.staff)
    client.get(reverse("reporting:drill_export", args=["csv"]), NET)
    client.get(reverse("reporting:month_pdf", args=["2026-10"]))
    html = client.get(reverse("reporting:export_log")).content.decode()
    for entry in JournalEntry.objects.filter(action__in=("export.downloaded", "report.printed")):
        assert entry.after["sha256"][:12] in html
    assert JournalEntry.objects.get(action="export.downloaded").after["rows"] == 5


@pytest.mark.data
def test_more_rows_than_the_cap_are_refused_with_the_cap_and_the_way_out_and_nothing_is_written(
    places: None, cast: Cast, client: Client, settings: Settings
) -> None:
    settings.EXPORT_MOST_ROWS = 4
    paid_orders(5)
    client.force_login(cast.staff)
    for kind in ("csv", "xlsx", "json"):
        url = reverse("reporting:drill_export", args=[kind])
        for answer in (client.get(url, NET), client.post(f"{url}ask/?measure=net&year=2026")):
            assert answer.status_code == 400
            assert "4" in answer.content.decode()
            assert "请缩短期间" in answer.content.decode()
    assert (ExportJob.objects.count(), folder().exists()) == (0, False)
    refused = JournalEntry.objects.filter(action="export.refused")
    assert [(entry.actor_id, entry.after["rows"]) for entry in refused] == [(cast.staff.pk, 5)] * 6


def test_a_list_that_outgrows_the_cap_while_it_waits_is_not_made(
    places: None, cast: Cast, client: Client, settings: Settings
) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client)
    settings.EXPORT_MOST_ROWS = 4
    assert make_exports(MAKERS) == 0
    job.refresh_from_db()
    assert (job.state, list(folder().glob("*"))) == ("failed", [])
    assert job.failure in client.get(reverse("reporting:export_job", args=[job.key])).content.decode()
    assert JournalEntry.objects.get(action="export.failed").reason == job.failure


def test_the_same_question_waits_once_and_nobody_waits_for_many(
    places: None, cast: Cast, client: Client
) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    assert ask(client) == ask(client)
    wishes = [
        Wish("entries", "csv", "n", "n.csv", {"measure": "net", "order": f"{n}"}) for n in range(MOST_WAITING)
    ]
    for wish in wishes[1:]:
        ask_export(user=cast.staff, scope=SYSTEM, roles=[Role.STAFF], wish=wish, actor_id=cast.staff.pk)
    with pytest.raises(ShopError) as refused:
        ask_export(user=cast.staff, scope=SYSTEM, roles=[Role.STAFF], wish=wishes[0], actor_id=cast.staff.pk)
    assert (refused.value.code, ExportJob.objects.count()) == ("exports_waiting", MOST_WAITING)
    assert ask(client).rows_wanted == 5  # The one that waits already is no further one.


def test_nobody_else_takes_a_file(places: None, cast: Cast, client: Client) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client)
    make_exports(MAKERS)
    for person in (cast.second_staff, cast.auditor, cast.liaison, cast.resident):
        client.force_login(person)
        for name in ("export_job", "export_state", "export_file"):
            assert client.get(reverse(f"reporting:{name}", args=[job.key])).status_code == 404
    assert not JournalEntry.objects.filter(action="export.downloaded").exists()


def test_a_liaison_gets_the_own_region_and_only_as_long_as_it_is_theirs(
    places: None, cast: Cast, client: Client
) -> None:
    paid_orders(10)
    client.force_login(cast.liaison)
    job = ask(client)
    make_exports(MAKERS)
    assert orders_in(bytes_of(take(client, job))) == [f"YS{number:06d}" for number in (8, 6, 4, 2, 0)]
    ScopeGrant.objects.filter(user=cast.liaison).update(code="longquan")
    assert take(client, job).status_code == 404


def test_who_has_lost_the_role_takes_nothing_that_was_made_before(
    places: None, cast: Cast, client: Client
) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client)
    make_exports(MAKERS)
    ScopeGrant.objects.filter(user=cast.staff).update(
        role=Role.LIAISON, kind=ScopeKind.REGION, code="wangcang"
    )
    assert client.get(reverse("reporting:exports")).status_code == 200
    assert take(client, job).status_code == 404
    ScopeGrant.objects.filter(user=cast.staff).delete()
    assert take(client, job).status_code == 404
    make_user(phone=cast.staff.phone, grants=[(Role.AUDITOR, ScopeKind.ALL, "")])
    assert bytes_of(take(client, job))


def test_who_has_lost_the_role_while_it_waits_gets_no_file(places: None, cast: Cast, client: Client) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client)
    ScopeGrant.objects.filter(user=cast.staff).delete()
    assert make_exports(MAKERS) == 0
    job.refresh_from_db()
    assert (job.state, list(folder().glob("*"))) == ("failed", [])


@pytest.mark.data
def test_after_its_days_a_file_is_refused_and_deleted_with_its_filters(
    places: None, cast: Cast, client: Client
) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client)
    make_exports(MAKERS)
    job.refresh_from_db()
    assert sweep_exports() == 0
    with time_machine.travel(clock.now() + dt.timedelta(days=7, minutes=1), tick=False):
        client.force_login(cast.staff)
        assert take(client, job).status_code == 410
        assert path_of(job).exists()
        assert (sweep_exports(), sweep_exports()) == (1, 0)
        assert take(client, job).status_code == 410
    job.refresh_from_db()
    assert (job.state, job.query, path_of(job).exists()) == ("expired", {}, False)
    entry = JournalEntry.objects.get(action="export.expired")
    assert (entry.actor_id, entry.after["sha256"]) == (None, job.digest)
    assert not JournalEntry.objects.filter(action="export.downloaded").exists()


def test_a_file_that_is_missing_is_said_to_be_gone(places: None, cast: Cast, client: Client) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client)
    make_exports(MAKERS)
    job.refresh_from_db()
    path_of(job).unlink()
    assert take(client, job).status_code == 410


def test_what_killed_attempts_left_goes_after_a_day(places: None, cast: Cast, client: Client) -> None:
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client)
    make_exports(MAKERS)
    job.refresh_from_db()
    left = folder() / ".making-x", folder() / f"{job.key.hex}-9.csv"
    young = folder() / ".making-y"
    for path in (*left, young):
        path.write_bytes(b"half")
    for path in (*left, path_of(job)):
        os.utime(path, (0, 0))
    assert sweep_exports() == 2
    assert set(folder().glob("*")) == {young, path_of(job)}


def rows_of(count: int, seen: Callable[[int], None] = lambda number: None) -> Iterator[list[Cell]]:
    for number in range(count):
        seen(number)
        yield [Cell(f"行{number}"), Cell(fen=number, is_number=True)]


def table_of(count: int, seen: Callable[[int], None] = lambda number: None) -> Table:
    return Table("long", "长表", [("名", False), ("元", True)], rows_of(count, seen))


def maker_of(count: int, seen: Callable[[int], None] = lambda number: None) -> making.Maker:
    """Return a maker of so many rows that tells of each before it is written."""

    def make(scope: Scope, kind: str, query: dict[str, str]) -> Content:
        return making.content_of(kind, [("说明", "试验")], [table_of(count, seen)], count)

    return make


def wish(person: Any, content: str = "long") -> ExportJob:
    return ask_export(
        user=person,
        scope=SYSTEM,
        roles=[Role.STAFF],
        wish=Wish(content, "csv", content, f"{content}.csv", {}),
        actor_id=person.pk,
    )


def test_the_page_says_how_far_it_is(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "TOLD_EVERY", 2)
    job = wish(cast.staff)
    client.force_login(cast.staff)
    shown: list[str] = []

    def look(number: int) -> None:
        state = client.get(reverse("reporting:export_state", args=[job.key]))
        shown.append(f"{state.context['job'].rows_done}/{state.context['job'].rows_wanted}")

    assert make_exports({"long": maker_of(5, look)}) == 1
    assert shown == ["0/5", "0/5", "2/5", "2/5", "4/5"]


def test_a_maker_that_fails_is_tried_three_times_and_holds_up_no_other(cast: Cast) -> None:
    def fails(scope: Scope, kind: str, query: dict[str, str]) -> Content:
        raise RuntimeError("no")

    bad, good = wish(cast.staff, "bad"), wish(cast.staff, "good")
    makers = {"bad": fails, "good": maker_of(1)}
    moment = clock.now()
    for turn in range(5):
        with time_machine.travel(moment + turn * dt.timedelta(minutes=5), tick=False):
            make_exports(makers, limit=5)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.attempts, good.state, good.attempts) == ("failed", 3, "ready", 1)
    assert [path.name for path in folder().glob("*")] == [path_of(good).name]


def test_a_worker_that_was_overtaken_touches_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "TOLD_EVERY", 2)
    job = wish(cast.staff)

    def lose(number: int) -> None:
        if number == 0:
            ExportJob.objects.filter(pk=job.pk).update(attempts=2)

    assert make_exports({"long": maker_of(5, lose)}) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, list(folder().glob("*"))) == ("waiting", 2, [])


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_the_memory_does_not_grow_with_the_rows(kind: str, tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        with (tmp_path / f"{rows}.{kind}").open("w+b") as file:
            tracemalloc.start()
            try:
                write_tables(kind, file, [("说明", "试验")], [table_of(rows)], most=rows)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(10)  # What is loaded with the first file stays.
    assert peak(4_000) < 2 * peak(400)


@pytest.fixture
def at_half() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Give a function that has something done the first time that half a file is written."""

    def register(work: Callable[[], object]) -> None:
        done: list[str] = []

        def come_by(name: str) -> None:
            if name == "reporting.export_half" and not done:
                done.append(name)
                work()

        faultpoint.set_hook(come_by)

    yield register
    faultpoint.set_hook(None)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_file_is_of_one_moment_while_others_go_on_writing(
    places: None,
    cast: Cast,
    client: Client,
    together: Callable[..., list[Any]],
    at_half: Callable[[Callable[[], object]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(making, "TOLD_EVERY", 4)
    monkeypatch.setattr(drill_file, "all_orders", partial(all_orders, limit=1))
    paid_orders(5)
    client.force_login(cast.staff)
    job = ask(client)

    def older_order() -> None:
        entry = LedgerEntry.objects.latest("pk")
        LedgerEntry.objects.bulk_create(
            [
                LedgerEntry(
                    **{
                        field.attname: getattr(entry, field.attname)
                        for field in LedgerEntry._meta.concrete_fields
                        if not field.primary_key
                    }
                    | {
                        "event_id": ExportJob().key,
                        "order_number": "YSLATE",
                        "booked_on": entry.booked_on - dt.timedelta(days=1),
                    }
                )
            ]
        )

    done: list[Any] = []
    at_half(lambda: done.extend(together([older_order])))
    assert make_exports(MAKERS) == 1
    assert done == [None]
    job.refresh_from_db()
    assert orders_in(path_of(job).read_bytes()) == [f"YS{number:06d}" for number in (4, 3, 2, 1, 0)]
    again = ask(client)
    make_exports(MAKERS)
    again.refresh_from_db()
    assert orders_in(path_of(again).read_bytes())[-1] == "YSLATE"


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_workers_make_a_file_once(cast: Cast, together: Callable[..., list[Any]]) -> None:
    jobs = [wish(cast.staff), wish(cast.staff, "other")]
    makers = {"long": maker_of(3), "other": maker_of(3)}
    made = together([partial(make_exports, makers, limit=2) for _worker in range(3)])
    assert sum(made) == 2
    assert sorted(ExportJob.objects.values_list("state", "attempts")) == [("ready", 1)] * 2
    assert JournalEntry.objects.filter(action="export.made").count() == len(jobs)


@pytest.mark.data
def test_a_long_journal_is_made_by_the_worker_without_its_reader_looking_for_a_person_being_told(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.auditor)
    for number in range(5):
        JournalEntry.objects.create(
            at=clock.now(),
            actor_id=cast.staff.pk,
            action="parcel.ship",
            object_type="order",
            object_key=f"YS-{number}",
        )
    offer = client.get(reverse("operations:journal_export", args=["csv"]), {"who": "赵运营"})
    assert offer.context["rows"] == 5
    client.post(offer.context["ask_url"])
    assert make_exports(MAKERS) == 1
    job = ExportJob.objects.get()
    content = bytes_of(take(client, job)).decode("utf-8-sig")
    assert [f"YS-{number}" in content for number in range(5)] == [True] * 5
    assert not [
        entry for entry in JournalEntry.objects.filter(object_type="export") if "赵" in str(entry.after)
    ]
    ScopeGrant.objects.filter(user=cast.auditor).update(role=Role.FINANCE)
    assert take(client, job).status_code == 404
