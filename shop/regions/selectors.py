"""Read regions, their pairings, places and targets. A fixed number of queries each."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from shop.regions.models import Pairing, PartnerRegion, SupportFact, SupportTarget, Township, Village


@dataclass(frozen=True)
class RegionProgramme:
    """A region and the pairing that holds on the day asked for, if any."""

    region: PartnerRegion
    pairing: Pairing | None


def _pairings_on(on: dt.date) -> QuerySet[Pairing]:
    open_then = Q(ends_on=None) | Q(ends_on__gte=on)
    return Pairing.objects.filter(open_then, starts_on__lte=on).select_related("programme", "region")


def active_pairing(region_id: int, on: dt.date) -> Pairing | None:
    """Return the region's pairing on that day, both ends inclusive. One query."""
    return _pairings_on(on).filter(region_id=region_id).order_by("starts_on", "pk").first()


def active_pairings(region_ids: Sequence[int], on: dt.date) -> dict[int, Pairing]:
    """Return the pairings on that day by region; a region without one is absent. One query."""
    found = _pairings_on(on).filter(region_id__in=region_ids).order_by("-starts_on", "-pk")
    return {pairing.region_id: pairing for pairing in found}


def regions_with_programme(on: dt.date) -> list[RegionProgramme]:
    """Return every region in display order with its pairing on that day. Two queries."""
    regions = list(PartnerRegion.objects.all())
    pairings = active_pairings([region.pk for region in regions], on)
    return [RegionProgramme(region, pairings.get(region.pk)) for region in regions]


def region_by_slug(slug: str) -> PartnerRegion | None:
    """Return the region of that slug."""
    return PartnerRegion.objects.filter(slug=slug).first()


def targets_for(year: int, demo: bool) -> list[SupportTarget]:
    """Return the targets of a year in region order, demonstration or real ones, never both. One query."""
    found = SupportTarget.objects.filter(year=year, demo=demo).select_related("region", "programme")
    return list(found.order_by("region__position", "region__slug", "programme__slug"))


def facts_of(region_id: int) -> list[SupportFact]:
    """Return the published figures of a region, newest first. One query."""
    return list(SupportFact.objects.filter(region_id=region_id).order_by("-year", "metric"))


def places_of(region_id: int) -> list[Township]:
    """Return the region's townships with a known place, `villages` prefetched. Two queries."""
    villages = Prefetch("villages", queryset=Village.objects.order_by("pk"))
    found = Township.objects.filter(region_id=region_id, villages__isnull=False).distinct()
    return list(found.order_by("pk").prefetch_related(villages))


def township_names(region_id: int) -> list[str]:
    """Return the names of the region's townships that have one. One query."""
    found = Township.objects.filter(region_id=region_id).exclude(name_zh="")
    return list(found.order_by("pk").values_list("name_zh", flat=True))
