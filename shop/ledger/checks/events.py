"""Entries and the events and payments they come from: invariants 3 and 6."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from shop.gateways.models import Payment
from shop.ledger.checks.findings import Finding, some
from shop.ledger.models import EntryKind, LedgerEntry, Leg, PostedEvent, Stage
from shop.outbox.models import OutboxMessage


def origins() -> Iterator[Finding]:
    """3: no entry without an event and a payment."""
    entries = LedgerEntry.objects.order_by("id")
    posted = PostedEvent.objects.filter(event_id=OuterRef("event_id"))
    messages = OutboxMessage.objects.filter(event_id=OuterRef("event_id"))
    payments = Payment.objects.filter(key=OuterRef("payment_key"))
    unapplied, owed = Q(kind=EntryKind.UNAPPLIED), Q(stage=Stage.RECEIVABLE) | Q(leg=Leg.RECEIVABLE)
    wrong: tuple[tuple[str, QuerySet[LedgerEntry]], ...] = (
        ("has no posted event", entries.filter(~Exists(posted))),
        ("has no message in the outbox", entries.filter(~Exists(messages))),
        ("has no captured payment", entries.exclude(payment_key="none").filter(~Exists(payments))),
        ("has no payment", entries.filter(payment_key="none").exclude(stage=Stage.RECEIVABLE)),
        ("is receivable and names a payment", entries.filter(owed).exclude(payment_key="none")),
        ("is receivable with another leg", entries.filter(owed).exclude(leg=Leg.RECEIVABLE)),
        (
            "is unapplied money of another payment",
            entries.filter(unapplied).exclude(source_key=F("payment_key")),
        ),
    )
    for text, rows in wrong:
        for entry in some(rows):
            yield Finding(3, f"entry {entry.pk} ({entry}) {text}")


def moves() -> Iterator[Finding]:
    """6: moves sum to zero per event, source and payment.

    Unapplied money moves from one payment to another: its moves sum to zero per event.
    """
    moved = LedgerEntry.objects.filter(leg=Leg.MOVE)
    rows = moved.exclude(kind=EntryKind.UNAPPLIED).values("event_id", "source_key", "payment_key")
    for row in some(rows.annotate(total=Sum("fen")).exclude(total=0).order_by("source_key")):
        yield Finding(6, f"moves of {row['source_key']} in event {row['event_id']} sum to {row['total']} fen")
    between = moved.filter(kind=EntryKind.UNAPPLIED).values("event_id").annotate(total=Sum("fen"))
    for move in some(between.exclude(total=0).order_by("event_id")):
        yield Finding(6, f"unapplied money moved in event {move['event_id']} sums to {move['total']} fen")
