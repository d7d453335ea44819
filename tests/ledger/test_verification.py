"""Each invariant is broken by raw SQL, and named."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from shop.core.append_only import _POSTGRESQL, _SQLITE
from shop.ledger.checks.shares import per_source
from shop.ledger.checks.stream import STEP, ledger_digest, stream_line
from shop.ledger.models import LedgerEntry
from shop.ledger.replay import replay
from shop.ledger.selectors import CANONICAL
from tests.ledger.story import Story, charge, item, share

pytestmark = [pytest.mark.django_db, pytest.mark.data]

TABLE = "ledger_ledgerentry"


@contextmanager
def lifted(table: str = TABLE) -> Iterator[None]:
    """Take the triggers away for a while, as only a test may."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Checks of this transaction that still wait would hold the table.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_change")
            yield
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_change")
            return
        for verb in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER {table}_no_{verb}")
        yield
        for verb in ("update", "delete"):
            cursor.execute(_SQLITE.format(table=table, verb=verb, VERB=verb.upper()))


def sql(statement: str, *values: str | int) -> None:
    with lifted(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def story() -> Story:
    """A sale over two payments with a refund, half of it confirmed."""
    story = Story([share(1, 10000, 4), share(2, 5000, 1)], [charge(1, 800)]).place()
    story.pay(("a", 9000), ("b", 6800)).parcel("shipped", 1, 2, 1).parcel(
        "received", 1, 2, 1, day="2026-10-08"
    )
    story.refund("requested", "R", item("share:1", 1, 2500), item("charge:1", 0, 300), day="2026-11-10")
    executed = item("share:1", 1, 2500, a=1500, b=1000), item("charge:1", 0, 300, b=300)
    return story.refund("executed", "R", *executed, day="2026-11-11")


def findings(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stop:
        call_command("verify_ledger")
    assert stop.value.code == 1
    return capsys.readouterr().err


def test_a_sound_ledger_has_no_findings(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_ledger")
    stream, last = capsys.readouterr().out.splitlines()
    assert stream == f"23 entries, sha256 {ledger_digest().sha256}"
    assert last == "11 checks, 0 findings"


def test_the_stream_is_the_same_bytes_on_both_engines(story: Story) -> None:
    odd = "back\\slash, tab\t, line\nfeed, 木门\v"
    [line] = [share(9, 700, 1, township=odd)]
    Story([line], number="YS9", day="2026-10-01T08:15:30.120").place().pay(("odd", 700))
    lines = [stream_line(values) for values in LedgerEntry.objects.order_by("id").values_list(*CANONICAL)]
    assert ledger_digest().sha256 == hashlib.sha256(b"".join(lines)).hexdigest()
    assert ledger_digest().entries == len(lines) == 26
    [goods] = [line for line in lines if b"share:9" in line]
    event = LedgerEntry.objects.get(source_key="share:9").event_id
    written = goods.decode().removesuffix("\n").split("\t")
    assert written == [
        *(str(event), "share:9", "goods", "unshipped", "odd", "apply", "700", "642", "1", r"\N", "0", "B"),
        *("2026-10-01 00:15:30.12+00", "2026-10-01", "wangcang", r"back\\slash, tab\t, line\nfeed, 木门\v"),
        *(
            "east-west",
            "WC-01",
            "木门茶业",
            "WC-TEA-01",
            "木门绿茶",
            "tea",
            "",
            "resident",
            "",
            "assisted",
            "web",
        ),
        *("1", "eligible", "", "t", "YS9", "9"),
    ]


def test_a_digest_changes_with_any_field_and_tells_how_far_it_is(story: Story) -> None:
    told: list[int] = []
    before = ledger_digest(told.append)
    assert (sum(told), STEP) == (23, 50_000)
    sql(f"UPDATE {TABLE} SET product_name = 'x' WHERE source_key = 'charge:1' AND leg = 'refund'")
    assert ledger_digest().sha256 != before.sha256


def test_an_empty_ledger_has_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_ledger")
    call_command("replay_ledger")
    assert "0 differences" in capsys.readouterr().out


def test_1_a_dimension_that_differs_within_a_source(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"UPDATE {TABLE} SET region = 'longquan' WHERE leg = 'refund' AND payment_key = 'a'")
    assert "invariant 1: entries of share:1 differ in region\n" in findings(capsys)


def test_2_a_stage_no_report_knows(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"UPDATE {TABLE} SET stage = 'lost' WHERE source_key = 'share:2' AND stage = 'confirmed'")
    assert "invariant 2: demonstration bridge: stages 7500, net 12500" in findings(capsys)


def test_3_an_entry_without_a_source(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    entry = LedgerEntry.objects.filter(source_key="charge:1").earliest("id")
    sql(f"UPDATE {TABLE} SET event_id = %s WHERE id = %s", _uuid(uuid.uuid4()), entry.pk)
    found = findings(capsys)
    assert f"invariant 3: entry {entry.pk} (charge:1 none apply 800) has no posted event" in found
    assert f"invariant 3: entry {entry.pk} (charge:1 none apply 800) has no message in the outbox" in found


def _uuid(value: uuid.UUID) -> str:
    return value.hex if connection.vendor == "sqlite" else str(value)


def test_3_an_entry_of_an_unknown_share_and_payment(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"UPDATE {TABLE} SET source_key = 'share:9', payment_key = 'x' WHERE source_key = 'share:2'")
    found = findings(capsys)
    assert "is of a share that was never placed" in found
    assert "has no captured payment" in found


def test_4_more_refunded_than_paid(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"UPDATE {TABLE} SET fen = -900 WHERE source_key = 'charge:1' AND leg = 'refund'")
    assert "invariant 4: charge:1: refunds 900 of 800 fen paid" in findings(capsys)


def test_4_more_confirmed_than_paid(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"UPDATE {TABLE} SET fen = 25000 WHERE source_key = 'share:2' AND stage = 'confirmed'")
    found = findings(capsys)
    assert "invariant 4: share:2: confirmed 25000 of 5000 fen paid net" in found
    assert f"invariant 4: {story.number}: confirmed 30000 of 13000 fen paid net" in found


def test_5_a_payment_that_differs_from_its_capture(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"UPDATE {TABLE} SET fen = fen + 1 WHERE payment_key = 'a' AND leg = 'capture'")
    found = findings(capsys)
    assert "invariant 5: payment a: 7501 fen posted, 7500 captured less sent back" in found
    assert "invariant 5: all payments: 13001 fen posted, 13000 captured less sent back" in found


def test_6_moves_that_do_not_sum_to_zero(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    entry = LedgerEntry.objects.filter(source_key="share:1", stage="in_transit", leg="move").earliest("id")
    sql(f"UPDATE {TABLE} SET fen = fen + 7 WHERE id = %s", entry.pk)
    assert f"invariant 6: moves of share:1 in event {entry.event_id} sum to 7 fen" in findings(capsys)


def test_6_a_stage_that_is_negative_on_a_day(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"UPDATE {TABLE} SET booked_on = '2026-12-01' WHERE source_key = 'share:2' AND leg = 'apply'")
    assert "invariant 6: share:2 has -5000 fen unshipped on 2026-09-30" in findings(capsys)


def test_days_are_looked_at_only_where_fen_may_have_sunk(story: Story) -> None:
    """A null would send the database through the days of every source, ten million entries of them."""
    sinks = "SELECT source_key, sinks FROM (" + per_source() + ") AS source ORDER BY source_key"
    with connection.cursor() as cursor:
        cursor.execute(sinks)
        found = dict(cursor.fetchall())
    assert found == {"a": False, "b": False, "charge:1": False, "share:1": False, "share:2": False}
    sql(f"UPDATE {TABLE} SET booked_on = '2026-12-01' WHERE source_key = 'share:2' AND leg = 'apply'")
    with connection.cursor() as cursor:
        cursor.execute(sinks)
        assert [key for key, sunk in cursor.fetchall() if sunk] == ["share:2"]


def test_6_units_that_do_not_stand_where_the_progress_says(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    sql("UPDATE ledger_shareprogress SET confirmed = 0, unshipped = 1 WHERE source_key = 'share:2'")
    found = findings(capsys)
    assert "invariant 6: share:2: 0 units posted unshipped, 1 there" in found
    assert "invariant 6: share:2: 1 units posted confirmed, 0 there" in found


def on_terms() -> Story:
    """An organisation's order: two of three units accepted, nothing paid."""
    story = Story([share(5, 10_000, 3)], number="YS5", by_acceptance=True).place()
    return story.parcel("shipped", 9, 3).accept("AR-1", 2)


def test_3_a_receivable_that_names_a_payment(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    on_terms()
    sql(f"UPDATE {TABLE} SET payment_key = 'a' WHERE stage = 'receivable'")
    assert "(share:5 receivable receivable 6666) is receivable and names a payment" in findings(capsys)


def test_6_a_receivable_for_other_units_than_were_accepted(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    on_terms()
    sql(f"UPDATE {TABLE} SET units = 1 WHERE stage = 'receivable'")
    assert "invariant 6: share:5: 6666 fen for 1 units receivable, 2 accepted" in findings(capsys)


def test_6_a_receivable_that_the_payment_left(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    on_terms().pay(("t", 10_000))
    sql(f"DELETE FROM {TABLE} WHERE stage = 'receivable' AND fen < 0")
    assert "invariant 6: share:5: 6666 fen for 2 units receivable, paid" in findings(capsys)


def test_9_missing_triggers(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    entry = LedgerEntry.objects.earliest("id")
    with lifted():
        found = findings(capsys)
    assert f"invariant 9: the database accepts UPDATE of entry {entry.pk}" in found
    assert f"invariant 9: the database accepts DELETE of entry {entry.pk}" in found
    name = f"{TABLE}_no_change" if connection.vendor == "postgresql" else f"{TABLE}_no_update"
    assert f"invariant 9: trigger {name} is missing" in found
    assert LedgerEntry.objects.filter(pk=entry.pk).exists()


def test_9_entries_cannot_be_changed_or_deleted(story: Story) -> None:
    entry = LedgerEntry.objects.earliest("id")
    acts = (
        lambda: LedgerEntry.objects.filter(pk=entry.pk).update(fen=1),
        lambda: LedgerEntry.objects.filter(pk=entry.pk).delete(),
        entry.save,
        lambda: connection.cursor().execute(f"UPDATE {TABLE} SET fen = 0"),
        lambda: connection.cursor().execute(f"DELETE FROM {TABLE}"),
    )
    for act in acts:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    assert "append-only" in _POSTGRESQL


def test_messages_not_posted_yet_are_no_finding(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    late = Story([share(7, 900, 1)], number="YS2", post=None).place().pay(("late", 900))
    call_command("verify_ledger")
    assert "3 messages are not posted yet" in capsys.readouterr().out
    assert replay().waiting == 3
    assert late.last is not None


def test_8_replay_gives_the_same_bytes(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    failed = Story([share(3, 7, 3)], number="YS3", day="2026-10-01").place()
    failed.parcel("shipped", 5, 2).pay(("c", 3), ("d", 4)).parcel("shipped", 6, 1)
    failed.refund("requested", "R3", item("share:3", 1, 2)).parcel("received", 5, 2)
    failed.refund("failed", "R3", item("share:3", 1, 2))
    call_command("replay_ledger")
    stored, replayed, last = capsys.readouterr().out.splitlines()
    assert stored.split()[1] == replayed.split()[1]
    assert last.endswith("0 differences, 0 messages not posted yet")


def test_8_replay_names_what_differs(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    entry = LedgerEntry.objects.get(source_key="charge:1", leg="refund")
    sql(f"UPDATE {TABLE} SET fen = -200 WHERE id = %s", entry.pk)
    with pytest.raises(SystemExit):
        call_command("replay_ledger")
    err = capsys.readouterr().err
    assert f"refund.executed {story.number}#" in err
    assert "fen=-200" in err
    assert "fen=-300" in err


def test_8_replay_names_entries_that_are_missing_or_extra(story: Story) -> None:
    entry = LedgerEntry.objects.get(source_key="charge:1", leg="refund")
    sql(f"DELETE FROM {TABLE} WHERE id = %s", entry.pk)
    other = LedgerEntry.objects.filter(source_key="share:2").earliest("id")
    sql(f"UPDATE {TABLE} SET event_id = %s WHERE id = %s", _uuid(uuid.uuid4()), other.pk)
    result = replay()
    assert len(result.differences) == 3
    assert f"entry {other.pk} (share:2 unshipped apply 5000) has no message" in result.differences
