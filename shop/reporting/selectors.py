"""Figures of consumption support: sums over the ledger and nothing else."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Value, When

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.core.together import Asked
from shop.ledger.models import PostedEvent
from shop.ledger.rollups.models import PlaceRollup
from shop.ledger.rollups.selectors import Part, folded_through, grouped
from shop.ledger.services import TOPICS
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from shop.regions.models import Pairing, PartnerRegion, Programme, SupportTarget
from shop.regions.targets import whole_targets
from shop.reporting.cuts import Cut, rows_of, unapplied_of
from shop.reporting.live import measured, sums_in
from shop.reporting.measures import MEASURES, NOT_COUNTED, STAGES
from shop.reporting.periods import Period, whole_year

Rows = Iterable[Any]
#: The measure that hangs on what an order owes, and so on its own entries.
HELD = "receivable_held"


@dataclass
class Sums:
    """Fen of one row, or of all rows."""

    target: int = 0
    confirmed: int = 0
    gross: int = 0
    refunded: int = 0
    net: int = 0
    open: int = 0
    not_counted: int = 0
    freight: int = 0
    fee: int = 0
    donation: int = 0
    unapplied: int = 0
    receivable: int = 0
    receivable_held: int = 0
    stages: dict[str, int] = field(default_factory=lambda: {str(stage): 0 for stage, _ in STAGES})

    def add(self, other: "Sums") -> None:
        """Add every figure of another row."""
        for item in fields(Sums):
            if item.name != "stages":
                setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))
        for stage, fen in other.stages.items():
            self.stages[stage] += fen


@dataclass(frozen=True)
class Row:
    """A region under a programme; "" where an entry has none."""

    region: str
    region_name: str
    programme: str
    programme_name: str
    sums: Sums


@dataclass(frozen=True)
class NotCounted:
    """Sales outside every measure, by reason."""

    reason: str
    fen: int


@dataclass(frozen=True)
class Overview:
    """Rows in region order, their total, and what is not counted, why; and every place there is, with or without."""

    rows: list[Row]
    total: Sums
    not_counted: list[NotCounted]
    regions: list[PartnerRegion]
    programmes: dict[str, str]


@dataclass(frozen=True)
class RegionProgress:
    """A region's year: for cards and the bar chart. `paid_fen` is paid and not yet confirmed; all in fen."""

    slug: str
    name: str
    short_name: str
    seal: str
    parent: str
    programme_name: str
    confirmed_fen: int
    paid_fen: int
    target_fen: int


@dataclass(frozen=True)
class Lag:
    """Money messages the ledger has not taken in, and the time of the oldest."""

    messages: int
    oldest_at: dt.datetime | None


def overview(scope: Scope, period: Period, demo: bool, programme: str = "") -> Overview:
    """Return rows region × programme for a period, all in fen; Σ rows = total. Two queries."""
    return overview_of(scope, Cut(period, demo, programme=programme), folded_through()).alone()


def overview_of(scope: Scope, cut: Cut, mark: int) -> Asked[Overview]:
    """Return rows region × programme of a cut, all in fen; Σ rows = total. `mark` as in `parts_of`.

    Targets are annual and stand only beside a period within one year; they know modes, but no other buyers.
    """
    parts = rows_of(scope, cut, mark=mark)
    keys = [key for key in MEASURES if key != HELD]
    sums = grouped(parts, lambda part: part.values("region", "programme").annotate(**measured(*keys)))
    # That an order owes, no sum by month can tell.
    held = unapplied_of(scope, cut).filter(MEASURES[HELD].entries).values_list("region", "programme")
    questions = (
        sums,
        held.annotate(total=Sum("fen")),
        _targets(scope, cut),
        _paired(scope, cut),
        grouped(parts, _by_reason),
        PartnerRegion.objects.all(),
        Programme.objects.values_list("pk", "slug", "name_zh"),
    )
    return Asked(questions, lambda *rows: _read_overview(cut, *rows))


def _read_overview(
    cut: Cut,
    sums: Rows,
    held: Rows,
    targets: Rows,
    paired: Rows,
    reasons: Rows,
    regions: list[PartnerRegion],
    programmes: Rows,
) -> Overview:
    found: dict[tuple[str, str], Sums] = {}
    for values in sums:
        found.setdefault((values["region"], values["programme"]), Sums()).add(_sums(values))
    for region, programme, fen in held:
        found.setdefault((region, programme), Sums()).receivable_held = fen
    for place, fen in whole_targets(targets, cut.mode).items():
        found.setdefault(place, Sums()).target = fen
    for place in paired:
        found.setdefault(place, Sums())
    regions = sorted(regions, key=lambda region: (region.position, region.slug))
    names = {slug: name for _pk, slug, name in sorted(programmes)}
    rows = _named_rows(found, regions, names)
    total = Sums()
    for row in rows:
        total.add(row.sums)
    return Overview(rows, total, _not_counted(reasons), regions, names)


def _sums(values: dict[str, Any]) -> Sums:
    sums = Sums(stages={str(stage): values[f"stage_{stage}_sum"] for stage, _ in STAGES})
    for item in fields(Sums):
        if item.name not in ("stages", "target", HELD):
            setattr(sums, item.name, values[f"{item.name}_sum"])
    return sums


def _targets(scope: Scope, cut: Cut) -> QuerySet[Any]:
    """Return the targets that a cut can be measured by; none for a part of the buyers."""
    targets = SupportTarget.objects.none()
    if cut.period.year is not None and not cut.channel and not cut.buyer_kind:
        targets = SupportTarget.objects.filter(year=cut.period.year, demo=cut.demo)
    return _placed(targets, scope, cut).values_list("region__slug", "programme__slug", "mode", "target_fen")


def _placed(rows: QuerySet[Any], scope: Scope, cut: Cut) -> QuerySet[Any]:
    """Narrow what has a region and a programme to those that the scope may see and the cut asks for."""
    if not scope.everything:
        rows = rows.filter(region__slug__in=scope.regions)
    return rows.filter(**{f"{name}__slug": value for name, value in cut.place.items()})


def _paired(scope: Scope, cut: Cut) -> QuerySet[Any]:
    """Return pairings within the period, so that a region without sales is a row of zeros, not missing."""
    pairings = Pairing.objects.filter(starts_on__lte=cut.period.end).filter(
        Q(ends_on=None) | Q(ends_on__gte=cut.period.start)
    )
    return _placed(pairings, scope, cut).values_list("region__slug", "programme__slug")


def _named_rows(
    found: dict[tuple[str, str], Sums], in_order: list[PartnerRegion], names: dict[str, str]
) -> list[Row]:
    regions = {region.slug: region for region in in_order}
    order = {slug: index for index, slug in enumerate(regions)}
    keys = sorted(found, key=lambda key: (order.get(key[0], len(order)), key))
    return [
        Row(
            region,
            regions[region].name_zh if region in regions else region,
            programme,
            names.get(programme, programme),
            found[region, programme],
        )
        for region, programme in keys
    ]


def reason_of() -> Case:
    """Return the SQL expression of the reason why an entry is not counted."""
    return Case(
        When(eligibility="pending", then=Value("pending")),
        When(eligibility="eligible", then=Value("grade")),
        default=F("ineligible_reason"),
        output_field=CharField(),
    )


def _by_reason(part: Part) -> Part:
    why = part.filter(NOT_COUNTED).annotate(why=reason_of())
    return why.values("why").annotate(total=Sum("fen"))


def _not_counted(rows: Rows) -> list[NotCounted]:
    fen_of: dict[str, int] = {}
    for row in rows:
        fen_of[row["why"]] = fen_of.get(row["why"], 0) + row["total"]
    return [NotCounted(why, fen_of[why]) for why in sorted(fen_of)]


def region_progress(year: int, demo: bool) -> list[RegionProgress]:
    """Return every region's confirmed and paid sums of a year against its target, in display order."""
    return progress_of(overview(SYSTEM, whole_year(year), demo))


def confirmed_and_target(region: str, year: int, demo: bool) -> tuple[int, int]:
    """Return one region's confirmed sum of a year and its target, 0 for none; as `region_progress`. Three queries."""
    return confirmed_and_targets(year, demo, region).get(region, (0, 0))


def confirmed_and_targets(year: int, demo: bool, region: str = "") -> dict[str, tuple[int, int]]:
    """Return the confirmed sum of a year and the target of each region that has either, or of one. Three queries."""
    parts = sums_in(PlaceRollup, SYSTEM, whole_year(year), demo)
    targets = SupportTarget.objects.filter(year=year, demo=demo)
    if region:
        parts, targets = [part.filter(region=region) for part in parts], targets.filter(region__slug=region)
    confirmed: Counter[str] = Counter()
    for row in grouped(parts, lambda part: part.values("region").annotate(**measured("confirmed"))):
        confirmed[row["region"]] += row["confirmed_sum"]
    aims: Counter[str] = Counter()
    of_places = targets.values_list("region__slug", "programme__slug", "mode", "target_fen")
    for (slug, _programme), fen in whole_targets(of_places).items():
        aims[slug] += fen
    return {slug: (confirmed[slug], aims[slug]) for slug in {*confirmed, *aims}}


def progress_of(found: Overview) -> list[RegionProgress]:
    """Return one bar per region that has a row. No query."""
    sums: dict[str, Sums] = {}
    names: dict[str, list[str]] = {}
    for row in found.rows:
        sums.setdefault(row.region, Sums()).add(row.sums)
        names.setdefault(row.region, []).append(row.programme_name)
    return [
        RegionProgress(
            region.slug,
            region.name_zh,
            region.short_zh,
            region.seal,
            region.parent_zh,
            "、".join(name for name in names[region.slug] if name),
            sums[region.slug].confirmed,
            sums[region.slug].open,
            sums[region.slug].target,
        )
        for region in found.regions
        if region.slug in sums
    ]


def ledger_lag() -> Lag:
    """Return how far the ledger is behind the outbox. One query over what is on its way or dead."""
    posted = PostedEvent.objects.filter(event_id=OuterRef("event_id"))
    stuck = OutboxDelivery.objects.filter(state__in=(DeliveryState.PENDING, DeliveryState.DEAD))
    waiting = OutboxMessage.objects.filter(~Exists(posted), topic__in=TOPICS)
    unrouted = waiting.filter(routed_at=None)
    late = waiting.filter(pk__in=stuck.values("message_id")).exclude(routed_at=None)
    counted = [
        rows.values(part=Value(number)).annotate(count=Count("pk"), at=Min("occurred_at")).order_by()
        for number, rows in enumerate((unrouted, late))
    ]
    parts = list(counted[0].union(counted[1], all=True))
    times = [part["at"] for part in parts if part["at"] is not None]
    return Lag(sum(part["count"] for part in parts), min(times, default=None))


def cut_off() -> dt.datetime:
    """Return the moment up to which a report counts: now, in Shanghai."""
    return clock.now().astimezone(clock.SHANGHAI)
