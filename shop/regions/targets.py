"""The annual task statement (任务书): what a region is to reach, in all or of it in one mode; set with a reason."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.journal.models import JournalEntry
from shop.journal.services import record
from shop.journal.upsert import Change, Upserted, upsert
from shop.regions.exceptions import RegionError
from shop.regions.models import Pairing, PartnerRegion, Programme, SupportTarget, TargetMode

#: Nobody knows what the district will be told in more years than these.
YEARS_AHEAD = 5
#: Changes of targets that the page shows.
HISTORY = 30
KIND = "supporttarget"


@transaction.atomic
def set_target(
    *,
    region: PartnerRegion,
    programme: Programme,
    year: int,
    mode: str,
    target_fen: int,
    demo: bool,
    decided_on: dt.date,
    reason: str,
    actor_id: int,
) -> Upserted[SupportTarget]:
    """Set or change the target of this or a coming year, in fen, with a reason; journalled with both values.

    `mode` empty is the target of both modes together; one of a mode is a part of it. Safe to call twice: the same
    target and day again changes nothing and is not journalled. Raises RegionError, with nothing written: an amount
    that is not positive, no reason, a past year or one too far off, a task statement of a day to come, a region
    that is not paired under the programme in that year, parts that exceed the whole.
    """
    # Whole and parts are looked at together: nobody else sets one of this region meanwhile.
    lock(PartnerRegion.objects.filter(pk=region.pk)).get()
    _require_words(year, mode, target_fen, decided_on, reason)
    _require_pairing(region, programme, year)
    key = {"region": region, "programme": programme, "year": year, "mode": mode, "demo": demo}
    values = {"target_fen": target_fen, "decided_on": decided_on}
    same = SupportTarget.objects.filter(**key, **values).first()
    if same is not None:
        return Upserted(same, Change.UNCHANGED, {}, {})
    _require_fitting_parts(region, programme, year, demo, {mode: target_fen})
    result = upsert(model=SupportTarget, key=key, values={**values, "note": reason.strip()})
    record(
        actor_id=actor_id,
        action=f"{KIND}.{result.change.value}",
        object_type=KIND,
        object_key=target_key(region.slug, programme.slug, year, mode),
        before=result.before,
        after=result.after,
        reason=reason.strip(),
    )
    return result


def target_key(region: str, programme: str, year: int, mode: str) -> str:
    """Return what the journal calls a target."""
    return f"{region}/{programme}/{year}" + (f"/{mode}" if mode else "")


def whole_targets(rows: Iterable[tuple[str, str, str, int]], mode: str = "") -> dict[tuple[str, str], int]:
    """Return the targets by region and programme out of (region, programme, mode, fen).

    The one of both modes together where there is one, else the sum of those by mode; of one mode, only its own.
    """
    by_mode: dict[tuple[str, str], dict[str, int]] = {}
    for region, programme, own, fen in rows:
        by_mode.setdefault((region, programme), {})[own] = fen
    if mode:
        return {place: own[mode] for place, own in by_mode.items() if mode in own}
    return {place: own.get(TargetMode.ALL) or sum(own.values()) for place, own in by_mode.items()}


def target_history(keys: Iterable[str]) -> list[JournalEntry]:
    """Return what was set and changed about these targets, the latest first. One query."""
    found = JournalEntry.objects.filter(object_type=KIND, object_key__in=list(keys))
    return list(found.order_by("-pk")[:HISTORY])


def _require_words(year: int, mode: str, target_fen: int, decided_on: dt.date, reason: str) -> None:
    today = clock.today()
    if target_fen <= 0:
        raise RegionError(_("A target must be more than zero."), code="target_not_positive", field="amount")
    if mode not in TargetMode.values:
        raise RegionError(_("There is no mode “%(mode)s”.") % {"mode": mode}, code="mode", field="mode")
    if year < today.year:
        raise RegionError(
            _("The year %(year)s is over: its targets stay as they were reported.") % {"year": year},
            code="target_of_past_year",
            field="year",
        )
    if year > today.year + YEARS_AHEAD:
        raise RegionError(
            _("Targets are set for %(years)s years ahead at most.") % {"years": YEARS_AHEAD},
            code="target_too_far",
            field="year",
        )
    if decided_on > today:
        raise RegionError(
            _("The task statement cannot be of a day to come."), code="decided_later", field="decided_on"
        )
    if not reason.strip():
        raise RegionError(
            _("Give a reason; it stands in the journal."), code="target_without_reason", field="reason"
        )


def _require_pairing(region: PartnerRegion, programme: Programme, year: int) -> None:
    paired = Pairing.objects.filter(region=region, programme=programme, starts_on__year__lte=year)
    if not (paired.filter(ends_on=None) | paired.filter(ends_on__year__gte=year)).exists():
        raise RegionError(
            _("%(region)s is not paired under %(programme)s in %(year)s.")
            % {"region": region.name_zh, "programme": programme.name_zh, "year": year},
            code="target_without_pairing",
            field="programme",
        )


def _require_fitting_parts(
    region: PartnerRegion, programme: Programme, year: int, demo: bool, new: dict[str, int]
) -> None:
    rows = SupportTarget.objects.filter(region=region, programme=programme, year=year, demo=demo)
    fen_of = dict(rows.values_list("mode", "target_fen")) | new
    whole = fen_of.pop(TargetMode.ALL, None)
    if whole is not None and sum(fen_of.values()) > whole:
        raise RegionError(
            _("The targets by mode would be more than the target of both modes together."),
            code="target_parts_exceed",
            field="amount",
        )
