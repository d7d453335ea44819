"""A statement leaves the shop: it is verified without it, replayed byte for byte, and a tampered file is named."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from shop.ledger.checks.chain import chain
from shop.ledger.closing_models import OpenMonth, Statement
from shop.ledger.exporting import write_export
from shop.ledger.models import LedgerEntry
from shop.ledger.month_lines import MonthDigest, month_digest
from shop.ledger.periods import month_end
from shop.ledger.publishing import public_statement
from shop.ledger.rollups.services import fold_entries
from shop.ledger.selectors import CANONICAL
from shop.ledger.statements import month_found, summed
from tests.database import ROOT
from tests.ledger.closers import Closers, close, day, make_closers
from tests.ledger.story import Story, charge, share
from tests.ledger.test_verification import lifted, sql

pytestmark = [pytest.mark.django_db, pytest.mark.data]

SCRIPT = ROOT / "docs" / "verify_statement.py"


@pytest.fixture
def statements() -> list[Statement]:
    """September and October of one sale, closed; a name that would break a line stands in it."""
    odd = share(1, 10000, 5, product_name="木门\n茶\\叶\x1f=", credited_organisation="un-1")
    story = Story([odd, share(2, 300, 1, eligibility="pending")], [charge(1, 800)]).place().pay(("p", 11100))
    story.parcel("shipped", 1, 5, day="2026-10-02").parcel("received", 1, 5, day="2026-10-08")
    closers: Closers = make_closers()
    return [*close("2026-09", closers), *close("2026-10", closers)]


@pytest.fixture
def folder(statements: list[Statement], tmp_path: Path) -> Path:
    """The export of October, unpacked."""
    file = io.BytesIO()
    write_export(statements[1], file)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def verify(place: Path, *options: str) -> tuple[int, str]:
    """Run the script as its reader does: no shop, no libraries; return its exit code and what it says."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(place), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


OCTOBER = "YJ-2026-10-DEMO"


def test_an_export_is_verified_without_the_shop(statements: list[Statement], tmp_path: Path) -> None:
    call_command("export_statement", OCTOBER, to=tmp_path)
    code, said = verify(tmp_path / f"{OCTOBER}.zip", "--digest", statements[1].digest.upper())
    assert code == 0, said
    assert f"ok     statements/{OCTOBER}.json: 2026-10, SHA-256 {statements[1].digest}" in said
    assert f"ok     entries/{OCTOBER}.txt: 4 entries, every sum agrees" in said
    assert "Everything agrees" in said
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_statement", OCTOBER, to=tmp_path)
    with pytest.raises(CommandError, match="no statement YJ-1999-01"):
        call_command("export_statement", "YJ-1999-01", to=tmp_path)


def test_the_same_export_is_the_same_bytes(statements: list[Statement]) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    write_export(statements[1], first)
    write_export(statements[1], second)
    assert first.getvalue() == second.getvalue()


def test_another_digest_than_the_published_one_is_named(folder: Path) -> None:
    code, said = verify(folder, "--digest", "0" * 64)
    assert code == 1
    assert f"statements/{OCTOBER}.json: its digest is not the published one" in said


def test_a_tampered_entry_is_named(folder: Path) -> None:
    entries = folder / "entries" / f"{OCTOBER}.txt"
    entries.write_bytes(entries.read_bytes().replace(b"fen=10000\x1f", b"fen=90000\x1f", 1))
    code, said = verify(folder)
    assert code == 1
    assert f"entries/{OCTOBER}.txt: has another digest than the statement names" in said
    assert f"entries/{OCTOBER}.txt: sums to other figures than the statement's" in said


def test_a_missing_entry_is_named(folder: Path) -> None:
    entries = folder / "entries" / f"{OCTOBER}.txt"
    entries.write_bytes(b"".join(entries.read_bytes().splitlines(keepends=True)[1:]))
    code, said = verify(folder)
    assert code == 1
    assert f"entries/{OCTOBER}.txt: holds 3 entries, the statement counts 4" in said


def test_a_tampered_earlier_statement_is_named_by_the_one_after_it(folder: Path) -> None:
    path = folder / "statements" / "YJ-2026-09-DEMO.json"
    body = json.loads(path.read_text())
    body["figures"]["net"] = body["to_date"]["net"] = body["year_to_date"]["net"] = 99999
    raw = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_text(raw)
    code, said = verify(folder)
    assert code == 1
    assert "statements/YJ-2026-09-DEMO.json: is not what digests.txt names" in said
    assert f"statements/{OCTOBER}.json: does not follow YJ-2026-09-DEMO" in said


def test_a_statement_written_otherwise_and_one_that_cannot_be_read_are_named(folder: Path) -> None:
    path = folder / "statements" / "YJ-2026-09-DEMO.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    assert "statements/YJ-2026-09-DEMO.json: is not in canonical form" in verify(folder)[1]
    path.write_text("{")
    code, said = verify(folder)
    assert code == 1
    assert "statements/YJ-2026-09-DEMO.json: cannot be read as a statement" in said
    assert "which is missing" in said


def test_a_missing_statement_is_named(folder: Path) -> None:
    (folder / "statements" / "YJ-2026-09-DEMO.json").unlink()
    code, said = verify(folder)
    assert code == 1
    assert "statements/YJ-2026-09-DEMO.json: is missing" in said


def test_nothing_to_check_and_no_zip_are_said(tmp_path: Path) -> None:
    assert verify(tmp_path)[0] == 2
    (tmp_path / "x.zip").write_bytes(b"no zip")
    code, said = verify(tmp_path / "x.zip")
    assert (code, "cannot be read" in said) == (1, True)


def test_8_a_month_is_replayed_byte_for_byte(
    statements: list[Statement], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("replay_ledger", month="2026-10")
    said = capsys.readouterr().out
    assert "4 entries, 0 differences" in said
    assert f"statement {OCTOBER} was made again" in said
    call_command("replay_ledger")
    assert "0 differences" in capsys.readouterr().out
    with pytest.raises(CommandError, match="2026-13 is not a month"):
        call_command("replay_ledger", month="2026-13")


def test_8_events_of_a_closed_month_are_replayed_into_the_open_one(statements: list[Statement]) -> None:
    Story([share(3, 500, 1)], number="YS-LATE", day="2026-09-30").place().pay(("late", 500))
    assert LedgerEntry.objects.filter(payment_key="late", booked_on=day("2026-11-01")).count() == 3
    call_command("replay_ledger")
    call_command("replay_ledger", month="2026-09")
    call_command("replay_ledger", month="2026-11")


def test_8_a_statement_that_cannot_be_made_again_is_named(
    statements: list[Statement], capsys: pytest.CaptureFixture[str]
) -> None:
    sql("UPDATE ledger_ledgerentry SET fen = fen + 1 WHERE source_key = 'share:1' AND stage = 'confirmed'")
    with pytest.raises(SystemExit):
        call_command("replay_ledger", month="2026-10")
    assert "+ event_id=" in capsys.readouterr().err
    with _statement_changed("body = '{}'"), pytest.raises(SystemExit):
        call_command("replay_ledger", month="2026-10")
    assert f"statement {OCTOBER} cannot be made again from the events" in capsys.readouterr().err


@contextmanager
def _statement_changed(what: str) -> Iterator[None]:
    """Change October's row behind the triggers of statements; it stays changed."""
    with lifted("ledger_statement"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE ledger_statement SET {what} WHERE number = '{OCTOBER}'")
    yield


def findings() -> list[str]:
    return [str(finding) for finding in chain()]


def test_7_an_unbroken_chain_has_no_findings(statements: list[Statement]) -> None:
    assert findings() == []


def test_7_an_entry_that_changed_since_its_month_was_closed_is_named_by_statement(
    statements: list[Statement],
) -> None:
    sql("UPDATE ledger_ledgerentry SET fen = fen + 1 WHERE source_key = 'share:1' AND stage = 'confirmed'")
    assert findings() == [
        f"invariant 7: statement {OCTOBER} is of 4 entries with another digest than the 4 booked in its month",
        f"invariant 7: statement {OCTOBER} has other figures than the entries booked in its month",
    ]


def test_7_a_statement_whose_text_or_sums_changed_is_named(statements: list[Statement]) -> None:
    with _statement_changed("confirmed_fen = 1"):
        assert findings() == [
            f"invariant 7: statement {OCTOBER} says 10000 fen confirmed in its text and 1 beside it"
        ]
    with _statement_changed("confirmed_fen = 10000, previous_digest = 'x'"):
        assert findings() == [
            f"invariant 7: statement {OCTOBER} does not follow YJ-2026-09-DEMO: it names YJ-2026-09-DEMO"
        ]
    with _statement_changed("previous_digest = '', body = replace(body, '平台口径', '别的口径')"):
        assert findings()[0].startswith(f"invariant 7: statement {OCTOBER} has another digest than its text")


def test_7_a_month_that_is_open_again_is_named(statements: list[Statement]) -> None:
    OpenMonth.objects.update(first_day=day("2026-10-01"))
    assert findings() == ["invariant 7: entries may be booked from 2026-10-01 on, 2026-10 is closed"]


def test_7_sums_by_a_dimension_that_differ_from_the_entries_are_named(statements: list[Statement]) -> None:
    fold_entries()
    with _statement_changed("body = replace(body, '\"un-1\":{', '\"un-2\":{')"):
        assert findings()[1:] == [
            f"invariant 7: statement {OCTOBER} has other sums by credited_organisation"
            " than the entries booked in its month"
        ]


def test_a_month_is_found_by_the_database_as_it_is_summed_from_its_rows(statements: list[Statement]) -> None:
    odd = share(
        9, 700, 1, township="tab\t, line\nfeed\r, \\ \x1f \v\x0b", product_name="中文 \u3000\xa0\u2028\x85"
    )
    Story([odd], number="YS9", day="2026-11-01T08:15:30.120").place().pay(("odd", 700))
    for month in (day("2026-09"), day("2026-10"), day("2026-11")):
        rows = LedgerEntry.objects.filter(demo=True, booked_on__gte=month, booked_on__lt=month_end(month))
        plain = summed(month, True, rows.order_by("event_id").values(*CANONICAL))
        assert month_found(month, True) == plain
        assert plain.entries >= 3
        assert month_digest(month, True) == MonthDigest(plain.entries, plain.digest)
    assert month_found(day("2026-10"), False) == summed(day("2026-10"), False, [])


@pytest.fixture
def public_file(statements: list[Statement], tmp_path: Path) -> Path:
    """What the public page hands out of October."""
    october = next(each for each in statements if each.number == "YJ-2026-10-DEMO")
    path = tmp_path / "YJ-2026-10-DEMO.json"
    path.write_text(public_statement(october), encoding="utf-8")
    return path


def test_the_public_file_is_verified_and_tells_no_suppliers_sums(
    statements: list[Statement], public_file: Path
) -> None:
    chain_of = [each for each in statements if each.demo]
    code, said = verify(public_file, "--digest", chain_of[-1].digest)
    assert code == 0, said
    assert all(each.digest in said for each in chain_of)
    text = public_file.read_text(encoding="utf-8")
    assert not any(secret in text for secret in ("WC-01", "un-1", "木门", "supplier", '"preparer"'))


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (lambda all_: all_.pop(0), "缺少上一份报表"),
        (lambda all_: all_[0].update(digest="0" * 64), "摘要不符"),
        (lambda all_: all_[1]["to_date"].update(net=1), "累计数不等于"),
        (
            lambda all_: all_[1]["dimensions"]["region"]["wangcang"].update(confirmed=1),
            "按 region 的合计不符",
        ),
        (lambda all_: all_[1].pop("digest"), "无法读取"),
    ],
)
def test_a_public_file_that_was_tampered_with_is_named(
    public_file: Path, broken: Callable[[list[dict[str, Any]]], object], named: str
) -> None:
    said = json.loads(public_file.read_text(encoding="utf-8"))
    broken(said["statements"])
    public_file.write_text(json.dumps(said), encoding="utf-8")
    code, text = verify(public_file)
    assert (code, named in text) == (1, True), text


def test_a_public_file_that_is_none_or_another_is_named(public_file: Path) -> None:
    assert verify(public_file, "--digest", "0" * 64)[0] == 1
    public_file.write_text("[]", encoding="utf-8")
    code, text = verify(public_file)
    assert (code, "不是本格式的公开文件" in text) == (1, True)
