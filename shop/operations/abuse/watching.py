"""The worker's look for signs of abuse: at what has happened since its last one, each thing once."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from shop.core import clock
from shop.core.locks import lock
from shop.operations.abuse import arrivals, parties, purchases
from shop.operations.abuse.found import Found
from shop.operations.abuse_models import AbuseFinding, AbuseKind, AbuseWatch

#: So many things of a kind are looked at in one transaction, and so many transactions in one turn.
BATCH = 100
MOST_BATCHES = 10
#: What happened just now may stand in a transaction that is not over: it is looked at in the next turn.
SETTLED_AFTER = dt.timedelta(minutes=2)


@dataclass(frozen=True)
class Signal:
    """Where a sign of abuse is looked for: things, the column that says when they happened, and the look itself."""

    kind: AbuseKind
    things: Callable[[], "QuerySet[Any]"]
    when: str
    look: Callable[[Sequence[Any]], Iterable[Found]]


SIGNALS: tuple[Signal, ...] = (
    Signal(AbuseKind.SPLIT, purchases.asked_requests, "submitted_at", purchases.split),
    Signal(AbuseKind.SHARED, parties.orders_of_units, "placed_at", parties.shared),
    Signal(AbuseKind.CAP, parties.orders_of_units, "placed_at", purchases.above_the_cap),
    Signal(AbuseKind.QUICK, arrivals.approved_reports, "decided_at", arrivals.accepted_at_once),
    Signal(AbuseKind.PAYEE, parties.other_payees, "decided_at", parties.paid_to_another),
    Signal(AbuseKind.PRICE, purchases.ordered_above_the_band, "decided_at", purchases.above_the_band),
)


def watch_abuse() -> int:
    """Look for every sign in what has happened since the last look; return how many findings are new. A job.

    Safe to run twice and beside itself: a sign's row of AbuseWatch is locked, and a finding has its key. Nothing but
    findings is written.
    """
    made = 0
    for signal in SIGNALS:
        for _turn in range(MOST_BATCHES):
            looked, new = _look(signal)
            made += new
            if looked < BATCH:
                break
    return made


def _look(signal: Signal) -> tuple[int, int]:
    """Look at the next things of a sign; return how many, and how many findings are new."""
    with transaction.atomic():
        AbuseWatch.objects.get_or_create(kind=signal.kind)
        watch = lock(AbuseWatch.objects.filter(kind=signal.kind)).get()
        rows = list(_since(signal, watch).order_by(signal.when, "pk")[:BATCH])
        if not rows:
            return 0, 0
        before = AbuseFinding.objects.filter(kind=signal.kind).count()
        AbuseFinding.objects.bulk_create(
            [_written(signal.kind, found) for found in signal.look(rows)], ignore_conflicts=True
        )
        watch.looked_at, watch.looked_key = getattr(rows[-1], signal.when), rows[-1].pk
        watch.save(update_fields=["looked_at", "looked_key"])
        return len(rows), AbuseFinding.objects.filter(kind=signal.kind).count() - before


def _since(signal: Signal, watch: AbuseWatch) -> "QuerySet[Any]":
    until = clock.now() - SETTLED_AFTER
    things = signal.things().filter(**{f"{signal.when}__lte": until})
    # A clock that had gone ahead must not hide what happens until then.
    if watch.looked_at is None or watch.looked_at > until:
        return things.filter(**{f"{signal.when}__gt": until - _BACK}) if watch.looked_at else things
    later = Q(**{f"{signal.when}__gt": watch.looked_at})
    return things.filter(later | Q(**{signal.when: watch.looked_at, "pk__gt": watch.looked_key}))


#: So far back is looked again after a clock that had gone ahead.
_BACK = dt.timedelta(days=7)


def _written(kind: AbuseKind, found: Found) -> AbuseFinding:
    return AbuseFinding(
        kind=kind,
        key=found.key[:120],
        reference=found.reference[:80],
        organisation_id=found.organisation_id,
        supplier_id=found.supplier_id,
        record_id=found.record_id,
        fen=found.fen,
        detail=found.detail,
        happened_at=found.happened_at,
        found_at=clock.now(),
    )
