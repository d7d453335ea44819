"""The disk is full or the database read-only: 503 with a page, no half order, and it works again by itself."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from shop.core import trouble
from shop.ordering.models import OrderRecord, StockBalance
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, make_supplier
from tests.forks.shopping import open_checkout, put_in

pytestmark = [pytest.mark.data, pytest.mark.django_db(transaction=True)]
LINES = 30


@contextmanager
def disk_full() -> Iterator[None]:
    """Let the next larger write fail as the engine itself says it when the disk is full."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("CREATE TABLE filler (row BLOB)")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
            _fill(cursor)
            yield
            cursor.execute("PRAGMA max_page_count = 1000000")
            cursor.execute("DROP TABLE filler")
            return
        # A server cannot be made small here: a trigger says what it says when it cannot extend a file.
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON outbox_outboxmessage EXECUTE FUNCTION full_disk()"
        )
        yield
        cursor.execute("DROP TRIGGER full_disk ON outbox_outboxmessage; DROP FUNCTION full_disk()")


def _fill(cursor: Any) -> None:
    """Use up the free pages that the file still has."""
    size = 1 << 20
    while size >= 512:
        try:
            cursor.execute(f"INSERT INTO filler VALUES (zeroblob({size}))")
        except OperationalError:
            size //= 2


@contextmanager
def read_only() -> Iterator[None]:
    """Let the database refuse every write."""
    on, off = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if connection.vendor == "sqlite"
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
        yield
        cursor.execute(off)


def written() -> tuple[int, int, list[tuple[int, int]]]:
    """Return orders, messages and stock."""
    return (
        OrderRecord.objects.count(),
        OutboxMessage.objects.count(),
        list(StockBalance.objects.values_list("on_hand", "allocated")),
    )


@pytest.mark.parametrize("harm", [disk_full, read_only])
def test_an_order_is_whole_or_not_there_and_the_next_try_succeeds(harm: Any) -> None:
    client = Client(raise_request_exception=False)
    # So many lines do not fit into the free ends of pages that even a full disk has.
    for number in range(LINES):
        put_in(client, make_product(supplier=make_supplier(), sku=f"tea-{number}", stock=9))
    form = open_checkout(client)
    with harm():
        answer = client.post("/checkout/", form)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "20")
        assert "刚才的操作没有生效" in answer.content.decode()
        assert written() == (0, 0, [(9, 0)] * LINES)
    answer = client.post("/checkout/", form)
    assert answer.status_code == 302
    assert (OrderRecord.objects.count(), OutboxMessage.objects.filter(topic="order.placed").count()) == (1, 1)
    assert written()[2] == [(9, 1)] * LINES


def test_a_mistake_of_the_shop_stays_a_500(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("shop.operations.health.readiness", wrong)
    answer = Client(raise_request_exception=False).get("/readyz")
    assert (answer.status_code, "Retry-After" in answer.headers) == (500, False)


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EROFS, "Read-only file system"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("a mistake"), False),
        (None, False),
    ],
)
def test_only_what_will_pass_is_called_so(error: Exception | None, passing: bool) -> None:
    assert trouble.is_passing(error) is passing
