"""The ledger's measurements inside the shop, each of which prints one line of JSON at its end.

`fill ENTRIES`, `tail ENTRIES`, `fold`, `report TIMES PLAIN`, `post TIMES`, `work SECONDS NUMBER LINES`, `drill TIMES`.
"""

import datetime as dt
import json
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - after the setup

from bench.ledger_rows import COLUMNS, ENTRY, PLACES, PRODUCTS, SUPPLIERS, TABLES, Sale, sales  # noqa: E402
from shop.accounts.scope import SYSTEM  # noqa: E402
from shop.core import clock  # noqa: E402
from shop.ledger.models import LedgerEntry  # noqa: E402
from shop.ledger.rollups.services import fold_entries, rebuild_rollups  # noqa: E402
from shop.ledger.services import post_event  # noqa: E402
from shop.outbox.events import Event  # noqa: E402
from shop.reporting.curves import by_month, month_sums  # noqa: E402
from shop.reporting.cuts import entries_in  # noqa: E402
from shop.reporting.drill import Figure, order_page  # noqa: E402
from shop.reporting.keyset import Place  # noqa: E402
from shop.reporting.periods import Period, whole_year  # noqa: E402
from worker.places import posting_place  # noqa: E402
from worker.tasks import TURN_SECONDS  # noqa: E402

YEAR = whole_year(2025)
#: Rows handed to the database at once where it has no COPY.
BATCH = 5_000
#: Entries of one event of the posting that is compared with a bare insert: a payment of 499 lines.
AT_ONCE = 500
#: Entries that are posted between two foldings.
FOLD_EVERY = 440
#: From the end of a turn to the next call, and from a refused one, seconds.
CALLED_AFTER, REFUSED_FOR = 0.002, 0.05
MEASURES = ("net", "confirmed", "refunded", "gross", "not_counted")


def fill(entries: int) -> dict[str, int]:
    """Write so many generated entries and all that they need; indexes are made afterwards."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            indexes = _without_indexes(cursor)
            count = _copy(entries)
            for statement in indexes:
                cursor.execute(statement)
            for table, _ in TABLES:
                cursor.execute(f"ANALYZE {table}")
    else:
        with transaction.atomic():
            count = insert(entries)
    return {"entries": count}


def _without_indexes(cursor: Any) -> list[str]:
    """Drop what would be kept up to date row by row; return the statements that make it again."""
    again = []
    for table, _ in TABLES:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
            " AND contype = 'u'",
            [table],
        )
        constraints = cursor.fetchall()
        for name, definition in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass)",
            [table, table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            again.append(definition)
    return again


def _copy(entries: int) -> int:
    """Let PostgreSQL read the rows as they are generated, the tables one after another of each piece."""
    count = 0
    for piece in _pieces(entries, 200_000):
        for number, (table, columns) in enumerate(TABLES):
            lines = ["\t".join(map(_copied, row)) for row in piece[number]]
            query = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
            with connection.connection.cursor() as cursor, cursor.copy(query) as copy:
                copy.write("\n".join(lines) + "\n" if lines else "")
        count += len(piece[ENTRY])
    return count


def _copied(value: Any) -> str:
    return r"\N" if value is None else str(value)


def insert(entries: int) -> int:
    """Write the generated rows as any database takes them; return the number of entries."""
    count = 0
    with connection.cursor() as cursor:
        for piece in _pieces(entries, BATCH):
            for number, (table, columns) in enumerate(TABLES):
                holes = ", ".join(["%s"] * len(columns))
                query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes})"  # noqa: S608
                cursor.executemany(query, [tuple(map(_stored, row)) for row in piece[number]])
            count += len(piece[ENTRY])
    return count


def _stored(value: Any) -> Any:
    """Return a value as the shop stores it in SQLite."""
    if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
        return uuid.UUID(value).hex
    if isinstance(value, dt.date):
        return str(value)
    return value.removesuffix("+00") if isinstance(value, str) and value.endswith(":00+00") else value


def _pieces(entries: int, size: int) -> Iterator[list[list[Any]]]:
    piece: list[list[Any]] = [[] for _ in TABLES]
    for table, row in sales(entries):
        piece[table].append(row)
        if len(piece[ENTRY]) >= size:
            yield piece
            piece = [[] for _ in TABLES]
    yield piece


def fold() -> dict[str, float]:
    """Build the rollups anew; return the entries folded in and the seconds."""
    began = time.monotonic()
    made = rebuild_rollups()
    seconds = time.monotonic() - began
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return {"entries": made.entries, "cells": made.cells, "seconds": seconds}


def tail(entries: int) -> dict[str, int]:
    """Leave so many entries behind the rollups: sales of the year that is reported."""
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in _tail_rows(entries)]
    LedgerEntry.objects.bulk_create([LedgerEntry(**row) for row in rows], batch_size=500)
    return {"entries": len(rows)}


def _tail_rows(entries: int) -> list[Any]:
    rows: list[Any] = []
    n = 50_000_000
    while len(rows) < entries:
        sale = Sale(n, 2 * n)
        for day, step in sale.events():
            rows += [row for table, row in sale.written(step, YEAR.end, 1) if table == ENTRY and day]
        n += 1
    return rows[:entries]


def report(times: int, plain: int) -> dict[str, Any]:
    """Time the report of a year by region × programme × month, and the same from every entry."""
    rolled = [_seconds(lambda: month_sums(SYSTEM, YEAR, demo=True)) for _ in range(times)]
    scans = [_seconds(lambda: by_month([entries_in(SYSTEM, YEAR, True)], "reported")) for _ in range(plain)]
    same = month_sums(SYSTEM, YEAR, demo=True) == by_month([entries_in(SYSTEM, YEAR, True)], "reported")
    return {"rolled": rolled, "plain": scans, "same": same}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def post(times: int) -> dict[str, Any]:
    """Time the posting of events of 500 entries with everything on, and bare inserts of the same entries.

    Returns seconds for each event; those of the fold that adds their entries to the rollups are spread over them.
    """
    fold_entries()
    orders = [_big_order(f"B{uuid.uuid4().hex[:12]}", number) for number in range(times)]
    for events in orders:
        for event in events[:-1]:
            post_event(event)
    fold_entries()
    posted: list[list[LedgerEntry]] = []
    full = [_seconds(lambda: posted.append(post_event(events[-1]))) for events in orders]  # noqa: B023
    folding = _seconds(fold_entries) / times
    assert {len(entries) for entries in posted} == {AT_ONCE}
    copies = [[_copy_of(entry) for entry in entries] for entries in posted]
    bare = [_seconds(lambda: LedgerEntry.objects.bulk_create(rows)) for rows in copies]  # noqa: B023
    fold_entries()
    return {"bare": bare, "full": [seconds + folding for seconds in full], "entries": AT_ONCE}


def _copy_of(entry: LedgerEntry) -> LedgerEntry:
    values = {name: getattr(entry, name) for name in COLUMNS}
    return LedgerEntry(**values | {"event_id": uuid.uuid5(entry.event_id, "copy")})


def _big_order(number: str, start: int, lines: int = AT_ONCE - 1) -> list[Event]:
    """Return the events of an order up to its payment."""
    sale = [Sale(start * 1_000 + line, 10**7) for line in range(lines)]
    shares = [
        _share(f"share:{number}:{line}", line, one.lines[0], line_number=line + 1)
        for line, one in enumerate(sale)
    ]
    due = sum(share["fen"] for share in shares)
    payment = f"pay-{number}"
    order = {"order": number, "demo": True, "by_acceptance": False, "due_fen": due, "record_id": 1}
    goods = {"shares": shares, "charges": []}
    captured = {"payment_key": payment, "order": number, "fen": due, "demo": True, "verified": True}
    paid = order | goods | {"payments": [{"payment_key": payment, "fen": due}]}
    return [
        _event("order.placed", number, order | goods),
        _event("payment.captured", payment, captured),
        _event("order.paid", number, paid),
    ]


def _share(key: str, number: int, line: Any, *, line_number: int) -> dict[str, Any]:
    _, fen, values, facts = line
    dims = dict(zip(COLUMNS[15:28], values, strict=True)) | {"rule_version": "1"}
    return {
        "source_key": key,
        "number": number,
        "line_number": line_number,
        "units": 2,
        "fen": fen,
        "ex_tax_fen": fen * 100 // 109,
        "eligibility": facts[2],
        "reason": facts[3],
        "dims": dims,
    }


def _event(topic: str, stream: str, payload: dict[str, Any]) -> Event:
    return Event(uuid.uuid4(), topic, 1, stream, 1, payload, clock.now())


def work(seconds: float, number: int, lines: int) -> dict[str, Any]:
    """Post orders of so many lines, event by event, until the time is over; one worker folds as well.

    In turns and places, as the drains of production do (`worker.tasks`).
    """
    connection.ensure_connection()
    fold_entries()
    print("ready", flush=True)
    sys.stdin.readline()
    posted, failed, ends, folded = 0, [], time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        with posting_place() as has_place:
            for event in _turn(lines) if has_place else ():
                try:
                    posted += len(post_event(event))
                except Exception as error:  # Whatever surfaces is what is asked for.
                    failed.append(str(error))
        if number == 0 and posted - folded >= FOLD_EVERY:
            fold_entries()
            folded = posted
        # The broker hands the next call to whichever process is free.
        time.sleep(CALLED_AFTER if has_place else REFUSED_FOR)
    return {"entries": posted, "failed": failed[:5], "failures": len(failed)}


def _turn(lines: int) -> Iterator[Event]:
    ends = time.monotonic() + TURN_SECONDS
    while time.monotonic() < ends:
        number = uuid.uuid4()
        yield from whole_order(f"W{number.hex[:12]}", number.int % 10**6, lines)


def whole_order(number: str, start: int, lines: int = 4) -> list[Event]:
    """Return the events of an order up to its receipt: 22 entries of four lines."""
    events = _big_order(number, start, lines=lines)
    items = [{"source_key": share["source_key"], "units": 2} for share in events[0].payload["shares"]]
    parcel = {"order": number, "parcel_id": f"{number}-1", "items": items, "reason": "buyer"}
    return [*events, *(_event(f"parcel.{step}", number, parcel) for step in ("shipped", "received"))]


def drill(times: int) -> dict[str, Any]:
    """Time pages of the list of a figure's orders, at places all over it; the figures are drawn anew each time."""
    drawn = random.Random(1)
    first, last = YEAR.start - dt.timedelta(days=366), YEAR.end
    top = LedgerEntry.objects.latest("id").pk
    seconds = []
    for turn in range(times):
        region, programme = drawn.choice(PLACES)
        measure = drawn.choice(MEASURES)
        month = Period(dt.date(2025, 1 + turn % 12, 1), dt.date(2025, 1 + turn % 12, 28))
        period = drawn.choice((YEAR, month, Period(first, last)))
        goods = (
            {"supplier": f"S-{drawn.randrange(SUPPLIERS):02d}"},
            {"product": f"P-{drawn.randrange(PRODUCTS):04d}"},
        )
        place_of = {"region": region}, {"region": region, "programme": programme}
        narrow: dict[str, Any] = drawn.choice(({}, *place_of, *goods))
        figure = Figure(measure, period, True, **narrow)
        days = (period.end - period.start).days
        day = period.start + dt.timedelta(days=drawn.randint(0, days))
        place = drawn.choice((None, Place(day, drawn.randint(1, top))))
        seconds.append(_seconds(lambda: order_page(SYSTEM, figure, place)))  # noqa: B023
    return {"seconds": seconds}


def main() -> None:
    """Do what the words say."""
    name, *words = sys.argv[1:]
    numbers = [int(word) for word in words]
    parts: dict[str, Callable[..., dict[str, Any]]] = {
        "fill": fill, "tail": tail, "fold": fold, "report": report, "post": post, "work": work, "drill": drill,
    }  # fmt: skip
    print(json.dumps(parts[name](*numbers)))


if __name__ == "__main__":
    main()
