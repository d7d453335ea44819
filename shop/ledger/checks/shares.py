"""What the entries of each source come to, in one pass over the ledger: invariants 1, 3, 4 and 6."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from shop.ledger.book import ADVANCE, DIMENSIONS
from shop.ledger.checks.findings import Finding, rows_of, some
from shop.ledger.models import EntryKind, LedgerEntry, Leg, ShareProgress, Stage

ENTRIES, PROGRESS = LedgerEntry._meta.db_table, ShareProgress._meta.db_table
#: Stages whose units stand in the progress of their share.
STAGES = tuple(str(stage) for stage in (*ADVANCE, Stage.REFUNDING))
Row = dict[str, Any]


def _sum(column: str, condition: str, name: str) -> str:
    return f"COALESCE(SUM({column}) FILTER (WHERE {condition}), 0) AS {name}"


def _count(condition: str, name: str) -> str:
    return f"COUNT(*) FILTER (WHERE {condition}) AS {name}"


def _sinks(stage: str) -> str:
    """Return whether fen may have left a stage before they reached it: only then its days are looked at.

    Never null: `NULL AND EXISTS (…)` would look at the days of every source that only came, or only went.
    """
    there = f"at = '{stage}'"
    return (
        f"(COALESCE(SUM(fen) FILTER (WHERE {there}), 0) < 0 OR COALESCE(MIN(booked_on) FILTER (WHERE {there}"
        f" AND fen < 0) < MAX(booked_on) FILTER (WHERE {there} AND fen > 0), FALSE))"
    )


def _dimensions() -> str:
    """Return one value for all dimensions of an entry."""
    names = [*DIMENSIONS, "CASE WHEN demo THEN '1' ELSE '0' END"]
    if connection.vendor == "postgresql":
        return f"hashtextextended(concat_ws(chr(31), {', '.join(names)}), 0)"
    return " || char(31) || ".join(names)


def _entries() -> str:
    """Return the entries with `said`, one value for their dimensions, and `at`, the stage of goods."""
    query = (
        "SELECT source_key, kind, stage, leg, fen, units, booked_on,"  # noqa: S608 - our own names
        f" CASE WHEN kind = 'goods' THEN stage ELSE '' END AS at, {_dimensions()} AS said FROM {ENTRIES}"
    )
    # Otherwise PostgreSQL computes both again wherever they are named.
    return f"{query} OFFSET 0" if connection.vendor == "postgresql" else query


def per_source() -> str:
    """Return the query for what each source comes to."""
    columns = [
        "source_key",
        "MIN(said) AS low",
        "MAX(said) AS high",
        _count(f"leg IN ('{Leg.REVERSE}', '{Leg.RESTATE}')", "restated"),
        _count("kind = 'goods'", "goods"),
        _count("kind = 'goods' AND stage <> 'receivable'", "posted"),
        _count("kind NOT IN ('goods', 'unapplied')", "charges"),
        _count("kind <> 'unapplied' AND leg = 'apply'", "applied"),
        _sum("fen", "kind <> 'unapplied' AND leg = 'apply'", "gross"),
        _sum("fen", "kind <> 'unapplied' AND leg = 'refund'", "back"),
        _sum("fen", "stage = 'confirmed'", "confirmed_fen"),
        _count("stage = 'receivable'", "owed"),
        _sum("fen", "stage = 'receivable'", "owed_fen"),
        _sum("units", "stage = 'receivable'", "owed_units"),
        *(_sum("units", f"at = '{stage}'", f"units_{stage}") for stage in STAGES),
        f"{' OR '.join(_sinks(stage) for stage in (*STAGES, 'receivable'))} AS sinks",
    ]
    return f"SELECT {', '.join(columns)} FROM ({_entries()}) AS entry GROUP BY source_key"  # noqa: S608


#: Days of one source on which a stage has less than nothing.
_SUNK = (
    f"SELECT 1 FROM (SELECT SUM(SUM(fen)) OVER (PARTITION BY stage ORDER BY booked_on) AS running FROM {ENTRIES}"  # noqa: S608
    " AS entry WHERE entry.source_key = source.source_key AND entry.kind = 'goods' GROUP BY stage, booked_on)"
    " AS days WHERE running < 0"
)


def _broken_sources() -> str:
    units = " OR ".join(f"source.units_{stage} <> share.{stage}" for stage in STAGES)
    broken = (
        "restated = 0 AND low <> high",
        "goods > 0 AND share.id IS NULL",
        "charges > 0 AND applied = 0",
        "back > 0 OR -back > gross OR confirmed_fen < 0 OR confirmed_fen > gross + back",
        f"posted > 0 AND ({units})",
        "owed > 0 AND (share.id IS NULL OR NOT share.by_acceptance)",
        "share.by_acceptance AND applied = 0 AND owed_units <> share.confirmed",
        "share.by_acceptance AND applied > 0 AND (owed_units <> 0 OR owed_fen <> 0)",
        f"sinks AND EXISTS ({_SUNK})",
    )
    stages = ", ".join(f"share.{stage} AS at_{stage}" for stage in STAGES)
    return (
        f"SELECT source.*, share.id AS share_id, share.by_acceptance, {stages}"  # noqa: S608 - our own names
        f" FROM ({per_source()}) AS source LEFT JOIN {PROGRESS} AS share ON share.source_key = source.source_key"
        f" WHERE {' OR '.join(f'({each})' for each in broken)} ORDER BY source.source_key"
    )


def sources() -> Iterator[Finding]:
    """1, 3, 4, 6: a source agrees with itself, was placed, is in its stages, and not refunded beyond what was paid."""
    for row in rows_of(_broken_sources()):
        for look in (_differing, _unplaced, _beyond, _units, _receivable, _sunk):
            yield from look(row)
    unposted = ShareProgress.objects.filter(by_acceptance=True, confirmed__gt=0).exclude(
        Exists(LedgerEntry.objects.filter(source_key=OuterRef("source_key")))
    )
    for share in some(unposted.order_by("source_key")):
        text = f"{share.source_key}: 0 fen for 0 units receivable, {share.confirmed} accepted"
        yield Finding(6, text)


def _differing(row: Row) -> Iterator[Finding]:
    # What was said anew differs on purpose, by pairs (`pairs`).
    if row["restated"] or row["low"] == row["high"]:
        return
    entries = LedgerEntry.objects.filter(source_key=row["source_key"])
    for name in (*DIMENSIONS, "demo"):
        if entries.values(name).distinct().count() > 1:
            yield Finding(1, f"entries of {row['source_key']} differ in {name}")


def pairs() -> Iterator[Finding]:
    """1: what is said anew takes back as much as it says: pairs sum to zero per event and source."""
    entries = LedgerEntry.objects.filter(leg__in=(Leg.REVERSE, Leg.RESTATE))
    rows = entries.values("event_id", "source_key").annotate(total=Sum("fen")).exclude(total=0)
    for row in some(rows.order_by("source_key", "event_id")):
        yield Finding(1, f"pairs of {row['source_key']} in event {row['event_id']} sum to {row['total']} fen")


def _unplaced(row: Row) -> Iterator[Finding]:
    goods = LedgerEntry.objects.filter(source_key=row["source_key"], kind=EntryKind.GOODS).order_by("id")
    if row["goods"] and row["share_id"] is None:
        for entry in some(goods):
            yield Finding(3, f"entry {entry.pk} ({entry}) is of a share that was never placed")
    charges = LedgerEntry.objects.filter(source_key=row["source_key"]).exclude(
        kind__in=(EntryKind.GOODS, EntryKind.UNAPPLIED)
    )
    if row["charges"] and not row["applied"]:
        for entry in some(charges.order_by("id")):
            yield Finding(3, f"entry {entry.pk} ({entry}) is of a charge that was never paid")


def _beyond(row: Row) -> Iterator[Finding]:
    yield from beyond(row["source_key"], row["gross"], row["back"], row["confirmed_fen"])


def beyond(name: str, gross: int, back: int, confirmed: int) -> Iterator[Finding]:
    """4: 0 ≤ Σ refunds ≤ paid gross and 0 ≤ confirmed ≤ paid net."""
    refunds, net = -back, gross + back
    if not 0 <= refunds <= gross:
        yield Finding(4, f"{name}: refunds {refunds} of {gross} fen paid")
    if not 0 <= confirmed <= net:
        yield Finding(4, f"{name}: confirmed {confirmed} of {net} fen paid net")


def _units(row: Row) -> Iterator[Finding]:
    if not row["posted"] or row["share_id"] is None:
        return
    for stage in STAGES:
        posted, there = row[f"units_{stage}"], row[f"at_{stage}"]
        if posted != there:
            yield Finding(6, f"{row['source_key']}: {posted} units posted {stage}, {there} there")


def _receivable(row: Row) -> Iterator[Finding]:
    key, fen, units = row["source_key"], row["owed_fen"], row["owed_units"]
    if not row["by_acceptance"]:
        if row["owed"]:
            yield Finding(6, f"{key} is receivable without an acceptance")
        return
    is_paid = row["applied"] > 0
    if units != (0 if is_paid else row["at_confirmed"]) or (is_paid and fen):
        state = "paid" if is_paid else f"{row['at_confirmed']} accepted"
        yield Finding(6, f"{key}: {fen} fen for {units} units receivable, {state}")


def _sunk(row: Row) -> Iterator[Finding]:
    if not row["sinks"]:
        return
    days = LedgerEntry.objects.filter(kind=EntryKind.GOODS, source_key=row["source_key"])
    ordered = days.values("stage", "booked_on").annotate(total=Sum("fen")).order_by("stage", "booked_on")
    for stage, of_stage in groupby(ordered, key=lambda day: day["stage"]):
        running = 0
        for day in of_stage:
            running += day["total"]
            if running < 0:
                yield Finding(6, f"{row['source_key']} has {running} fen {stage} on {day['booked_on']}")


def _total(**filters: str) -> Coalesce:
    return Coalesce(Sum("fen", filter=Q(**filters)), 0)


def orders() -> Iterator[Finding]:
    """4: the same caps for every order."""
    rows = (
        LedgerEntry.objects.exclude(kind=EntryKind.UNAPPLIED)
        .exclude(stage=Stage.RECEIVABLE)
        .values("order_number")
        .annotate(
            gross=_total(leg=Leg.APPLY), back=_total(leg=Leg.REFUND), confirmed=_total(stage=Stage.CONFIRMED)
        )
        .filter(
            Q(back__gt=0)
            | Q(gross__lt=-F("back"))
            | Q(confirmed__lt=0)
            | Q(confirmed__gt=F("gross") + F("back"))
        )
    )
    for row in some(rows.order_by("order_number")):
        yield from beyond(row["order_number"], row["gross"], row["back"], row["confirmed"])
