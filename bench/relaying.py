"""The relay's rate, inside the shop: `fill NUMBER` makes a backlog, `run SECONDS` delivers until the time is over.

Streams of four ordered messages, as orders leave them; a handler writes one row. The name of the row is the
event's, so that a delivery that took effect twice would be an error.
"""

import sys
import time

import django

django.setup()

from django.db import connection  # noqa: E402 - after the setup

from shop.outbox import relay  # noqa: E402
from shop.outbox.events import Event, Route, Routes  # noqa: E402

TOPIC, HANDLER = "bench.relayed", "bench.write_row"
_EMPTY = (
    "DROP TABLE IF EXISTS bench_relayed",
    "CREATE TABLE bench_relayed (event_id uuid PRIMARY KEY, stream text NOT NULL, seq integer NOT NULL)",
    "TRUNCATE outbox_outboxdelivery, outbox_outboxmessage, outbox_outboxstream",
)
_MESSAGES = """
INSERT INTO outbox_outboxmessage (event_id, topic, version, stream, seq, payload, occurred_at, stored_at, routed_at)
SELECT gen_random_uuid(), %s, 1, 'S' || (n / 4), mod(n, 4) + 1, '{"order": "YS"}', now(), now(), now()
FROM generate_series(0, %s - 1) AS n
"""
_DELIVERIES = """
INSERT INTO outbox_outboxdelivery (message_id, handler, ordered, state, due_at, attempts, last_error)
SELECT id, %s, true, 'pending', now(), 0, '' FROM outbox_outboxmessage ORDER BY id
"""


def write_row(event: Event) -> None:
    """Write the one row of a delivery."""
    with connection.cursor() as cursor:
        row = (event.event_id, event.stream, event.seq)
        cursor.execute("INSERT INTO bench_relayed VALUES (%s, %s, %s)", row)


def fill(number: int) -> None:
    """Put that many due deliveries before the relay, and nothing else."""
    with connection.cursor() as cursor:
        for statement in _EMPTY:
            cursor.execute(statement)
        cursor.execute(_MESSAGES, (TOPIC, number))
        # Without statistics the check of every foreign key would read the whole table of messages.
        cursor.execute("ANALYZE outbox_outboxmessage")
        cursor.execute(_DELIVERIES, (HANDLER,))
        cursor.execute("ANALYZE outbox_outboxmessage, outbox_outboxdelivery")


def run(seconds: float) -> int:
    """Deliver until the time is over; return how many."""
    routes: Routes = {TOPIC: (Route(HANDLER, write_row, ordered=True),)}
    ends = time.monotonic() + seconds
    return relay.drain(routes, limit=sys.maxsize, go_on=lambda: time.monotonic() < ends)


def main() -> None:
    """Do what the words say. A run says that it is ready, and begins when it is told to."""
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]))
        return
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    print(run(float(sys.argv[2])), flush=True)


if __name__ == "__main__":
    main()
