"""Earlier versions of what staff wrote, read from the journal; an old one comes back as a new version."""

import ast
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.regions.content import (
    BANNER_FIELDS,
    PAGE_FIELDS,
    STORY_FIELDS,
    save_banner,
    save_region_page,
    save_story,
)
from shop.regions.content_models import Banner, Pictured, RegionPage, Story
from shop.regions.exceptions import RegionError
from shop.regions.models import PartnerRegion

#: Fields that the journal keeps as text, though they are days or lists.
_DAYS = ("starts_on", "ends_on")
_LISTS = ("months", "in_season")


def versions_of(row: Pictured) -> QuerySet[JournalEntry]:
    """Return the journal's entries about what a piece of content says, the latest first."""
    key, name = row.region.slug if isinstance(row, RegionPage) else str(row.pk), str(row._meta.model_name)
    entries = JournalEntry.objects.filter(
        object_type=name, object_key=key, action__in=[f"{name}.created", f"{name}.changed"]
    )
    return entries.order_by("-at", "-pk")


@transaction.atomic
def restore_version(*, row: RegionPage | Story | Banner, entry_id: int | None, actor_id: int) -> None:
    """Let a piece say again what it said after that entry of its journal: a new version, journalled with the reason.

    Without an entry, what it said before all of them: the shop begins with some pieces. The picture stays as it is:
    the bytes of an earlier one are gone. Safe to repeat. Raises JournalEntry.DoesNotExist for an entry of another
    piece; RegionError as a save does, or (unchanged) when it says the same now.
    """
    entry = None if entry_id is None else versions_of(row).get(pk=entry_id)
    fields = _fields_of(row)
    present = {name: getattr(row, name) for name in fields} | _place_of(row)
    values = dict(present)
    for later in versions_of(row):
        if entry is not None and later.pk == entry.pk:
            break
        values |= {name: _read(name, later.before[name]) for name in present if name in later.before}
    if values == present:
        raise RegionError(_("This says the same as the present version."), code="unchanged")
    _save_again(row, values, actor_id, _reason(entry))


def _reason(entry: JournalEntry | None) -> str:
    if entry is None:
        return _("The first version is restored.")
    moment = entry.at.astimezone(clock.SHANGHAI)
    return _("The version of %(time)s is restored.") % {"time": f"{moment:%Y-%m-%d %H:%M}"}


def _save_again(
    row: RegionPage | Story | Banner, values: Mapping[str, Any], actor_id: int, reason: str
) -> None:
    more: dict[str, Any] = {"picture": None, "actor_id": actor_id, "reason": reason}
    if isinstance(row, RegionPage):
        save_region_page(region=row.region, values=values, **more)
    elif isinstance(row, Story):
        place = PartnerRegion.objects.get(pk=values["region"])
        save_story(story_id=row.pk, region=place, values=values, **more)
    else:
        save_banner(banner_id=row.pk, values=values, **more)


def _fields_of(row: Pictured) -> Sequence[str]:
    if isinstance(row, RegionPage):
        return PAGE_FIELDS
    return STORY_FIELDS if isinstance(row, Story) else BANNER_FIELDS


def _place_of(row: Pictured) -> dict[str, int]:
    return {"region": row.region_id} if isinstance(row, Story) else {}


def _read(name: str, value: Any) -> Any:
    """Return a value of the journal as the field has it."""
    if value is None or not isinstance(value, str):
        return value
    readers: dict[str, Callable[[str], Any]] = dict.fromkeys(_DAYS, dt.date.fromisoformat)
    readers |= dict.fromkeys(_LISTS, ast.literal_eval)
    return readers[name](value) if name in readers else value
