"""Write regions, their programmes, places, targets and published figures. Each call is safe to repeat."""

import datetime as dt
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shop.journal.upsert import Upserted, upsert, upsert_journalled
from shop.regions.exceptions import RegionError
from shop.regions.models import (
    Pairing,
    PartnerRegion,
    Programme,
    SupportFact,
    SupportTarget,
    Township,
    Village,
)
from shop.regions.targets import target_key


@dataclass(frozen=True, kw_only=True)
class RegionDraft:
    """What a region shows; `slug` is its key, `seal` one character."""

    slug: str
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str = ""
    seal: str
    parent_zh: str
    parent_en: str = ""
    division_code: str
    blurb_zh: str
    blurb_en: str
    source: str = ""
    position: int = 0


@transaction.atomic
def save_region(*, draft: RegionDraft, actor_id: int | None) -> Upserted[PartnerRegion]:
    """Create or change the region of the draft's slug, journalled."""
    values = asdict(draft)
    slug = values.pop("slug")
    return upsert_journalled(
        model=PartnerRegion, key={"slug": slug}, values=values, actor_id=actor_id, object_key=slug
    )


@transaction.atomic
def save_programme(*, slug: str, name_zh: str, name_en: str, actor_id: int | None) -> Upserted[Programme]:
    """Create or change a programme, journalled."""
    values = {"name_zh": name_zh, "name_en": name_en}
    return upsert_journalled(
        model=Programme, key={"slug": slug}, values=values, actor_id=actor_id, object_key=slug
    )


@transaction.atomic
def save_pairing(
    *,
    region: PartnerRegion,
    programme: Programme,
    starts_on: dt.date,
    ends_on: dt.date | None,
    note: str,
    actor_id: int | None,
) -> Upserted[Pairing]:
    """Create the pairing of region, programme and first day, or change its last day and note; journalled.

    Raises RegionError when it ends before it starts, or overlaps another pairing of the region: a sale
    belongs to one programme.
    """
    if ends_on is not None and ends_on < starts_on:
        raise RegionError(
            _("The pairing ends before it starts."), code="pairing_ends_before_start", field="ends_on"
        )
    key = {"region": region, "programme": programme, "starts_on": starts_on}
    overlapping = Pairing.objects.filter(region=region).exclude(programme=programme, starts_on=starts_on)
    overlapping = overlapping.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        overlapping = overlapping.filter(starts_on__lte=ends_on)
    if overlapping.exists():
        raise RegionError(
            _("The region already has a pairing in that time; end it first."),
            code="pairing_overlaps",
            field="starts_on",
        )
    return upsert_journalled(
        model=Pairing,
        key=key,
        values={"ends_on": ends_on, "note": note},
        actor_id=actor_id,
        object_key=f"{region.slug}/{programme.slug}/{starts_on}",
    )


@transaction.atomic
def save_township(*, region: PartnerRegion, name_zh: str, name_en: str = "") -> Upserted[Township]:
    """Create a township or give it its English name; `name_zh` empty stands for one that is not known."""
    values = {"name_en": name_en} if name_en else {}
    return upsert(model=Township, key={"region": region, "name_zh": name_zh}, values=values)


@transaction.atomic
def save_village(
    *,
    township: Township,
    name_zh: str,
    speciality_zh: str,
    source: str,
    name_en: str = "",
    speciality_en: str = "",
) -> Upserted[Village]:
    """Create or change a place in a township."""
    return upsert(
        model=Village,
        key={"township": township, "name_zh": name_zh},
        values={
            "name_en": name_en,
            "speciality_zh": speciality_zh,
            "speciality_en": speciality_en,
            "source": source,
        },
    )


@transaction.atomic
def save_target(
    *,
    region: PartnerRegion,
    programme: Programme,
    year: int,
    target_fen: int,
    demo: bool,
    note: str,
    actor_id: int | None,
    mode: str = "",
) -> Upserted[SupportTarget]:
    """Create or change the target of a region and programme in a year, of both modes or one, journalled.

    For the catalogue, which also knows the targets of past years; people use `set_target`. Raises RegionError when
    the amount is not positive.
    """
    if target_fen <= 0:
        raise RegionError(
            _("A target must be more than zero."), code="target_not_positive", field="target_fen"
        )
    return upsert_journalled(
        model=SupportTarget,
        key={"region": region, "programme": programme, "year": year, "mode": mode, "demo": demo},
        values={"target_fen": target_fen, "note": note},
        actor_id=actor_id,
        object_key=target_key(region.slug, programme.slug, year, mode),
    )


@transaction.atomic
def save_fact(
    *,
    region: PartnerRegion,
    year: int,
    metric: str,
    amount_fen: int,
    source: str,
    note: str,
    actor_id: int | None,
) -> Upserted[SupportFact]:
    """Create or change a published figure of a region, journalled; it is never used as a target."""
    return upsert_journalled(
        model=SupportFact,
        key={"region": region, "year": year, "metric": metric},
        values={"amount_fen": amount_fen, "source": source, "note": note},
        actor_id=actor_id,
        object_key=f"{region.slug}/{year}/{metric}",
    )
