"""Entries of any kind, month and dimension, and what a plain scan makes of all there are."""

import datetime as dt
import uuid
from collections import Counter
from typing import Any

from django.db.models import Sum
from hypothesis import strategies as st

from shop.core.clock import month_of
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.models import SUMS, Rollup
from shop.ledger.rollups.selectors import grouped, month_in, parts_of
from tests.ledger.story import DIMS, at

DAYS = [dt.date(2026, month, day) for month in (9, 10, 11, 12) for day in (1, 15, 30)]
#: (day, month it belongs to, region, buyer, supplier, stage, demo, fen)
ENTRY = st.tuples(
    st.sampled_from(DAYS),
    st.sampled_from([None, dt.date(2026, 9, 1), dt.date(2026, 10, 1)]),
    st.sampled_from([("wangcang", "east-west"), ("longquan", "mountain-sea"), ("", "")]),
    st.sampled_from([("resident", ""), ("union", "un-001")]),
    st.sampled_from(["WC-01", "LQ-01"]),
    st.sampled_from(["unshipped", "confirmed", "refunding"]),
    st.booleans(),
    st.integers(-(10**6), 10**6),
)


def post(rows: list[Any]) -> None:
    """Write entries as a batch of postings would leave them."""
    LedgerEntry.objects.bulk_create(_entry(*row) for row in rows)


def _entry(
    day: dt.date,
    month: dt.date | None,
    place: tuple[str, str],
    buyer: tuple[str, str],
    supplier: str,
    stage: str,
    demo: bool,
    fen: int,
) -> LedgerEntry:
    dims = DIMS | {"region": place[0], "programme": place[1], "supplier": supplier, "demo": demo}
    dims |= {"buyer_kind": buyer[0], "credited_organisation": buyer[1]}
    return LedgerEntry(
        event_id=uuid.uuid4(),
        source_key="share:1",
        kind="goods",
        stage=stage,
        payment_key="p",
        leg="apply",
        fen=fen,
        ex_tax_fen=fen // 2,
        units=1,
        occurred_at=at(str(day)),
        booked_on=day,
        relates_to=month,
        grade="B",
        eligibility="eligible",
        **dims,
    )


def plain(rollup: type[Rollup]) -> Counter[tuple[Any, ...]]:
    """Return the cells of a rollup as one look at every entry makes them: dimensions and sum's name → sum."""
    cells: Counter[tuple[Any, ...]] = Counter()
    for entry in LedgerEntry.objects.all():
        booked = month_of(entry.booked_on)
        own = {"booked_on": booked, "relates_to": entry.relates_to or booked}
        dims = tuple(own.get(name, getattr(entry, name)) for name in rollup.dimensions)
        for name in SUMS[:3]:
            cells[*dims, name] += getattr(entry, name)
    return _without_zeros(cells)


def _without_zeros(cells: Counter[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    return Counter({cell: value for cell, value in cells.items() if value})


def live(rollup: type[Rollup], series: Any = "reported") -> Counter[tuple[Any, ...]]:
    """Return the same from folded part and tail, by the months of either series."""
    others = [name for name in rollup.dimensions if name not in ("booked_on", "relates_to")]

    def build(part: Any) -> Any:
        months = {"booked": month_in(part, "reported"), "belongs": month_in(part, "restated")}
        return part.values(*others, **months).annotate(**{f"{name}_sum": Sum(name) for name in SUMS[:3]})

    cells: Counter[tuple[Any, ...]] = Counter()
    for row in grouped(parts_of(rollup, dt.date(2026, 1, 1), dt.date(2026, 12, 31), series=series), build):
        own = {"booked_on": row["booked"], "relates_to": row["belongs"]}
        dims = tuple(own.get(name, row.get(name)) for name in rollup.dimensions)
        for name in SUMS[:3]:
            cells[*dims, name] += row[f"{name}_sum"]
    return _without_zeros(cells)
