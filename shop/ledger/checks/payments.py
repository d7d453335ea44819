"""What is posted of a payment is what was captured and not sent back: invariant 5."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from shop.gateways.models import Payment
from shop.ledger.checks.findings import MOST, Finding, rows_of
from shop.ledger.models import LedgerEntry, PostedEvent
from shop.ledger.services import TOPICS
from shop.outbox.models import OutboxMessage

_EXPECTED = "payment.fen - payment.refunded_fen - payment.returned_fen - payment.moved_fen"
_POSTED = (
    f"(SELECT payment_key, SUM(fen) AS fen FROM {LedgerEntry._meta.db_table}"  # noqa: S608 - our own names
    " WHERE payment_key <> 'none' AND stage <> 'receivable' GROUP BY payment_key)"
)
_BOTH = (
    f"{Payment._meta.db_table} AS payment LEFT JOIN {_POSTED} AS posted ON posted.payment_key = payment.key"
)
_BATCH = 500


def unposted() -> QuerySet[OutboxMessage]:
    """Return the money messages that the ledger has not taken in yet, or never could."""
    posted = PostedEvent.objects.filter(event_id=OuterRef("event_id"))
    return OutboxMessage.objects.filter(~Exists(posted), topic__in=TOPICS).order_by("id")


def payments() -> Iterator[Finding]:
    """5: Σ entries of a payment = captured − refunded − returned − moved to other orders, and in total.

    A part that another order has got is a payment of its own: captured where it was moved to.

    Payments named by messages that are not posted yet are left out: the drain owes them.
    """
    waiting: set[str] = set()
    for payload in unposted().values_list("payload", flat=True).iterator():
        waiting |= set(payments_in(payload))
    differing = rows_of(
        f"SELECT payment.key, COALESCE(posted.fen, 0) AS found, {_EXPECTED} AS expected FROM {_BOTH}"  # noqa: S608
        f" WHERE COALESCE(posted.fen, 0) <> {_EXPECTED} ORDER BY payment.key"
    )
    ledger = shop = 0
    for row in differing:
        if row["key"] in waiting:
            continue
        ledger, shop = ledger + row["found"], shop + row["expected"]
        text = f"{row['found']} fen posted, {row['expected']} captured less sent back"
        yield Finding(5, f"payment {row['key']}: {text}")
    if ledger != shop and len(differing) < MOST:
        same = _agreeing_fen(waiting)
        text = f"{ledger + same} fen posted, {shop + same} captured less sent back"
        yield Finding(5, f"all payments: {text}")


def _agreeing_fen(waiting: set[str]) -> int:
    """Return the fen of all payments that are posted as they were captured, without those that wait."""
    agree = f"COALESCE(posted.fen, 0) = {_EXPECTED}"
    [row] = rows_of(f"SELECT COALESCE(SUM(posted.fen), 0) AS fen FROM {_BOTH} WHERE {agree}")  # noqa: S608
    whole = int(row["fen"])
    keys = sorted(waiting)
    for start in range(0, len(keys), _BATCH):
        some_keys = keys[start : start + _BATCH]
        named = f"{agree} AND payment.key IN ({', '.join(['%s'] * len(some_keys))})"
        [row] = rows_of(
            f"SELECT COALESCE(SUM(posted.fen), 0) AS fen FROM {_BOTH} WHERE {named}",  # noqa: S608
            some_keys,
        )
        whole -= int(row["fen"])
    return whole


def payments_in(value: Any) -> Iterator[str]:
    """Yield every payment that a message names."""
    if isinstance(value, dict):
        if "payment_key" in value:
            yield value["payment_key"]
        for inner in value.values():
            yield from payments_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from payments_in(inner)
