"""The test database is put back as a whole, although the ledger refuses to be emptied."""

import subprocess
import sys

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection, transaction

from shop.core import clock
from shop.journal.models import JournalEntry
from tests.database import ROOT


def _write() -> None:
    JournalEntry.objects.create(**_fields())


def _fields() -> dict[str, object]:
    return {"action": "test.written", "object_type": "test", "object_key": "1", "at": clock.now()}


@pytest.mark.data
@pytest.mark.parametrize("turn", [1, 2])
def test_a_committed_row_is_gone_in_the_next_test(transactional_db: None, turn: int) -> None:
    assert JournalEntry.objects.count() == 0
    _write()
    # Before the first turn a test that was rolled back may have used up numbers.
    assert JournalEntry.objects.get().pk == 1 or turn == 1


@pytest.mark.data
@pytest.mark.parametrize("turn", [1, 2])
def test_a_row_of_a_migration_is_back_in_the_next_test(transactional_db: None, turn: int) -> None:
    assert Permission.objects.filter(name="changed").count() == 0
    assert Permission.objects.exists()
    if turn == 1:
        Permission.objects.update(name="changed")


@pytest.mark.data
@pytest.mark.parametrize("sql", ["UPDATE {} SET action = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_triggers_stand_in_the_restored_database(transactional_db: None, sql: str) -> None:
    if "TRUNCATE" in sql and connection.vendor == "sqlite":
        sql = "DELETE FROM {}"
    _write()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(JournalEntry._meta.db_table))
    assert JournalEntry.objects.count() == 1


@pytest.mark.data
def test_a_rolled_back_test_sees_no_row_of_another(db: None) -> None:
    assert JournalEntry.objects.count() == 0
    _write()


@pytest.mark.concurrency
def test_threads_work_on_the_same_database(transactional_db: None, together) -> None:
    results = together([_write] * 8)
    assert results == [None] * 8
    assert JournalEntry.objects.count() == 8


@pytest.mark.concurrency
def test_a_process_of_its_own_works_on_the_same_database(live_shop_db: dict[str, str]) -> None:
    _write()
    code = (
        "import django; django.setup()\n"
        "from shop.journal.models import JournalEntry\n"
        "print(JournalEntry.objects.count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=live_shop_db, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr
