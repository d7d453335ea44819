"""The invariants of the counting rules (section 10), looked for in what is stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Exists, F, IntegerField, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce

from shop.gateways.models import Payment
from shop.ledger.book import ADVANCE, DIMENSIONS
from shop.ledger.models import EntryKind, LedgerEntry, Leg, PostedEvent, ShareProgress, Stage
from shop.ledger.services import TOPICS
from shop.outbox.models import OutboxMessage

TABLE = LedgerEntry._meta.db_table


@dataclass(frozen=True)
class Finding:
    """A broken invariant and what broke it."""

    invariant: int
    text: str

    def __str__(self) -> str:
        return f"invariant {self.invariant}: {self.text}"


Check = Callable[[], Iterator[Finding]]


def unposted() -> QuerySet[OutboxMessage]:
    """Return the money messages that the ledger has not taken in yet, or never could."""
    posted = PostedEvent.objects.filter(event_id=OuterRef("event_id"))
    return OutboxMessage.objects.filter(~Exists(posted), topic__in=TOPICS).order_by("id")


def _sum(**filters: Any) -> Coalesce:
    return Coalesce(Sum("fen", filter=Q(**filters)), 0)


def same_dimensions() -> Iterator[Finding]:
    """1: Σ by any dimension is the same number, and entries of a source agree on every dimension."""
    whole = LedgerEntry.objects.aggregate(fen=_sum())["fen"]
    for name in (*DIMENSIONS, "demo", "rule_version"):
        rows = LedgerEntry.objects.values_list(name).annotate(total=Sum("fen"))
        if sum(total for _, total in rows) != whole:
            yield Finding(1, f"Σ by {name} is not the {whole} fen of all entries")
    # A refund or move with another region would lift one sum and lower another. What was said anew does so
    # on purpose, by pairs.
    pairs = LedgerEntry.objects.filter(leg__in=(Leg.REVERSE, Leg.RESTATE))
    for pair in pairs.values("event_id", "source_key").annotate(total=Sum("fen")).exclude(total=0):
        yield Finding(
            1, f"pairs of {pair['source_key']} in event {pair['event_id']} sum to {pair['total']} fen"
        )
    by_source = LedgerEntry.objects.exclude(source_key__in=pairs.values("source_key")).values("source_key")
    for name in (*DIMENSIONS, "demo"):
        field: Any = Cast(name, IntegerField()) if name == "demo" else F(name)
        odd = by_source.annotate(low=Min(field), high=Max(field)).exclude(low=F("high"))
        for row in odd.order_by("source_key"):
            yield Finding(1, f"entries of {row['source_key']} differ in {name}")


def sources() -> Iterator[Finding]:
    """3: no entry without an event, a source and a payment."""
    entries = LedgerEntry.objects.order_by("id")
    events = PostedEvent.objects.filter(event_id=OuterRef("event_id"))
    messages = OutboxMessage.objects.filter(event_id=OuterRef("event_id"))
    shares = ShareProgress.objects.filter(source_key=OuterRef("source_key"))
    applied = LedgerEntry.objects.filter(source_key=OuterRef("source_key"), leg=Leg.APPLY)
    payments = Payment.objects.filter(key=OuterRef("payment_key"))
    goods, unapplied = Q(kind=EntryKind.GOODS), Q(kind=EntryKind.UNAPPLIED)
    owed = Q(stage=Stage.RECEIVABLE) | Q(leg=Leg.RECEIVABLE)
    wrong: tuple[tuple[str, QuerySet[LedgerEntry]], ...] = (
        ("has no posted event", entries.filter(~Exists(events))),
        ("has no message in the outbox", entries.filter(~Exists(messages))),
        ("is of a share that was never placed", entries.filter(goods & ~Exists(shares))),
        ("is of a charge that was never paid", entries.filter(~goods & ~unapplied & ~Exists(applied))),
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
        for entry in rows.iterator():
            yield Finding(3, f"entry {entry.pk} ({entry}) {text}")


def caps() -> Iterator[Finding]:
    """4: 0 ≤ Σ refunds ≤ paid gross and 0 ≤ confirmed ≤ paid net, per share and per order."""
    applied = LedgerEntry.objects.exclude(kind=EntryKind.UNAPPLIED).exclude(stage=Stage.RECEIVABLE)
    for name in ("source_key", "order_number"):
        rows = applied.values(name).annotate(
            gross=_sum(leg=Leg.APPLY),
            back=_sum(leg=Leg.REFUND),
            confirmed=_sum(stage=Stage.CONFIRMED),
        )
        for row in rows.order_by(name).iterator():
            refunds, net = -row["back"], row["gross"] + row["back"]
            if not 0 <= refunds <= row["gross"]:
                yield Finding(4, f"{row[name]}: refunds {refunds} of {row['gross']} fen paid")
            if not 0 <= row["confirmed"] <= net:
                yield Finding(4, f"{row[name]}: confirmed {row['confirmed']} of {net} fen paid net")


def payments() -> Iterator[Finding]:
    """5: Σ entries of a payment = captured − refunded − returned − moved to other orders, and in total.

    A part that another order has got is a payment of its own: captured where it was moved to.

    Payments named by messages that are not posted yet are left out: the drain owes them.
    """
    waiting: set[str] = set()
    for payload in unposted().values_list("payload", flat=True).iterator():
        waiting |= set(_payments_in(payload))
    entries = LedgerEntry.objects.exclude(stage=Stage.RECEIVABLE).exclude(payment_key="none")
    posted = dict(entries.values_list("payment_key").annotate(total=Sum("fen")))
    ledger = shop = 0
    for payment in Payment.objects.order_by("key").iterator():
        if payment.key in waiting:
            continue
        expected = payment.fen - payment.refunded_fen - payment.returned_fen - payment.moved_fen
        found = posted.get(payment.key, 0)
        ledger, shop = ledger + found, shop + expected
        if found != expected:
            yield Finding(5, f"payment {payment.key}: {found} fen posted, {expected} captured less sent back")
    if ledger != shop:
        yield Finding(5, f"all payments: {ledger} fen posted, {shop} captured less sent back")


def _payments_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "payment_key" in value:
            yield value["payment_key"]
        for inner in value.values():
            yield from _payments_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _payments_in(inner)


def moves() -> Iterator[Finding]:
    """6: moves sum to zero per event, source and payment; no stage of a share is negative on any day.

    Unapplied money moves from one payment to another: its moves sum to zero per event.
    """
    moved = LedgerEntry.objects.filter(leg=Leg.MOVE)
    rows = moved.exclude(kind=EntryKind.UNAPPLIED).values("event_id", "source_key", "payment_key")
    for row in rows.annotate(total=Sum("fen")).exclude(total=0).order_by("source_key").iterator():
        yield Finding(6, f"moves of {row['source_key']} in event {row['event_id']} sum to {row['total']} fen")
    between = moved.filter(kind=EntryKind.UNAPPLIED).values("event_id").annotate(total=Sum("fen"))
    for move in between.exclude(total=0).order_by("event_id").iterator():
        yield Finding(6, f"unapplied money moved in event {move['event_id']} sums to {move['total']} fen")
    days = LedgerEntry.objects.filter(kind=EntryKind.GOODS).values("source_key", "stage", "booked_on")
    place, running = ("", ""), 0
    ordered = days.annotate(total=Sum("fen")).order_by("source_key", "stage", "booked_on")
    for day in ordered.iterator():
        if (day["source_key"], day["stage"]) != place:
            place, running = (day["source_key"], day["stage"]), 0
        running += day["total"]
        if running < 0:
            yield Finding(6, f"{place[0]} has {running} fen {place[1]} on {day['booked_on']}")


def progress() -> Iterator[Finding]:
    """6: the units of a paid share's entries stand where its progress says."""
    stages = (*ADVANCE, Stage.REFUNDING)
    goods = LedgerEntry.objects.filter(kind=EntryKind.GOODS).exclude(stage=Stage.RECEIVABLE)
    entries = goods.values("source_key", "stage")
    posted: dict[str, dict[str, int]] = {}
    for row in entries.annotate(total=Sum("units"), rows=Count("id")).iterator():
        posted.setdefault(row["source_key"], {})[row["stage"]] = row["total"]
    for share in ShareProgress.objects.order_by("source_key").iterator():
        for stage in stages:
            found = posted.get(share.source_key, {}).get(stage, 0)
            if share.source_key in posted and found != getattr(share, stage):
                text = f"{share.source_key}: {found} units posted {stage}, {getattr(share, stage)} there"
                yield Finding(6, text)


def receivables() -> Iterator[Finding]:
    """6: what is accepted and not paid is receivable, unit by unit; of a paid share nothing is any more."""
    entries = LedgerEntry.objects.filter(stage=Stage.RECEIVABLE).values("source_key")
    owed = {
        row["source_key"]: (row["fen_sum"], row["unit_sum"])
        for row in entries.annotate(fen_sum=Sum("fen"), unit_sum=Sum("units"))
    }
    paid = set(LedgerEntry.objects.filter(leg=Leg.APPLY).values_list("source_key", flat=True))
    for share in ShareProgress.objects.filter(by_acceptance=True).order_by("source_key").iterator():
        fen, units = owed.pop(share.source_key, (0, 0))
        is_paid = share.source_key in paid
        if units != (0 if is_paid else share.confirmed) or (is_paid and fen):
            state = "paid" if is_paid else f"{share.confirmed} accepted"
            yield Finding(6, f"{share.source_key}: {fen} fen for {units} units receivable, {state}")
    for key in sorted(owed):
        yield Finding(6, f"{key} is receivable without an acceptance")


def triggers() -> Iterator[Finding]:
    """9: UPDATE, DELETE and TRUNCATE of entries are database errors."""
    wanted = {f"{TABLE}_no_update", f"{TABLE}_no_delete"}
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    if connection.vendor == "postgresql":
        # tgtype bits: DELETE 8, UPDATE 16, TRUNCATE 32
        wanted = {f"{TABLE}_no_change"}
        query = (
            "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s)"
            " AND tgenabled IN ('O', 'A') AND tgtype & 56 = 56"
        )
    with connection.cursor() as cursor:
        cursor.execute(query, [TABLE])
        found = {name for (name,) in cursor.fetchall()}
    for name in sorted(wanted - found):
        yield Finding(9, f"trigger {name} is missing: entries can be changed")
    entry = LedgerEntry.objects.order_by("id").first()
    if entry is None:
        return
    for verb, act in (
        ("UPDATE", lambda rows: rows.update(fen=F("fen"))),
        ("DELETE", lambda rows: rows._raw_delete(rows.db)),
    ):
        if _accepted(act, LedgerEntry.objects.filter(pk=entry.pk)):
            yield Finding(9, f"the database accepts {verb} of entry {entry.pk}")


def _accepted(act: Callable[[Any], object], rows: QuerySet[LedgerEntry]) -> bool:
    """Try a change in a savepoint that is always rolled back."""
    try:
        with transaction.atomic():
            act(rows)
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


CHECKS: tuple[Check, ...] = (same_dimensions, sources, caps, payments, moves, progress, receivables, triggers)
