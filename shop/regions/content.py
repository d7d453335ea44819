"""Write what staff say about places and seasons. Every save is a version in the journal; texts are plain."""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.files.models import FileKind, StoredFile
from shop.files.services import remove_file, store_file
from shop.journal.services import record as journal
from shop.journal.upsert import Change, change, create
from shop.regions.content_models import Banner, BannerSlot, LinkKind, Pictured, RegionPage, Story, Timed
from shop.regions.exceptions import RegionError
from shop.regions.models import PartnerRegion
from shop.regions.pictures import remove_files

#: All of the shop's own pictures are counted together.
ACCOUNT = "shop:content"
_TAG = re.compile(r"<[a-zA-Z/!]")
PAGE_FIELDS = ("intro_zh", "intro_en", "story_zh", "story_en")
TIMED_FIELDS = ("active", "position", "starts_on", "ends_on")
STORY_FIELDS = (*TIMED_FIELDS, "title_zh", "title_en", "body_zh", "body_en", "on_home")
BANNER_FIELDS = (
    *TIMED_FIELDS,
    "slot",
    "months",
    "kicker_zh",
    "kicker_en",
    "title_zh",
    "title_en",
    "text_zh",
    "text_en",
    "link_kind",
    "link_key",
    "link_region",
    "region",
    "in_season",
)


@transaction.atomic
def save_region_page(
    *,
    region: PartnerRegion,
    values: Mapping[str, str],
    picture: "UploadedFile[Any] | None",
    actor_id: int,
    drop_picture: bool = False,
    reason: str = "",
) -> RegionPage:
    """Write the texts of a place's page, journalled. Safe to repeat but for a picture, which is stored anew.

    `drop_picture` takes the present picture away where no new one comes.

    Raises RegionError (markup) for text that looks like HTML, and FileRefused; nothing is written then.
    """
    page, _created = RegionPage.objects.get_or_create(region=region)
    wanted = {name: values[name] for name in PAGE_FIELDS}
    _save(
        lock(RegionPage.objects.filter(pk=page.pk)).get(),
        wanted,
        _Picture(picture, drop_picture),
        actor_id,
        key=region.slug,
        reason=reason,
    )
    page.refresh_from_db()
    return page


@transaction.atomic
def save_story(
    *,
    story_id: int | None,
    region: PartnerRegion,
    values: Mapping[str, Any],
    picture: "UploadedFile[Any] | None",
    actor_id: int,
    drop_picture: bool = False,
    reason: str = "",
) -> Story:
    """Create a story of a place (`story_id` None) or change one, journalled. A change is safe to repeat.

    `drop_picture` takes the present picture away where no new one comes.

    Raises Story.DoesNotExist; RegionError: empty, markup, ends_before_start; FileRefused. Nothing is written then.
    """
    wanted = {"region": region} | {name: values[name] for name in STORY_FIELDS}
    _require(wanted, "title_zh", "body_zh")
    story = lock(Story.objects.filter(pk=story_id)).get() if story_id else Story()
    _save(story, wanted, _Picture(picture, drop_picture), actor_id, reason=reason)
    return story


@transaction.atomic
def save_banner(
    *,
    banner_id: int | None,
    values: Mapping[str, Any],
    picture: "UploadedFile[Any] | None",
    actor_id: int,
    drop_picture: bool = False,
    reason: str = "",
) -> Banner:
    """Create a banner (`banner_id` None) or change one, journalled. A change is safe to repeat.

    `drop_picture` takes the present picture away where no new one comes. Where it leads is checked by the page that
    knows the goods. Raises Banner.DoesNotExist; RegionError: empty, markup, months, slot, link, ends_before_start;
    FileRefused. Nothing is written then.
    """
    wanted = {name: values[name] for name in BANNER_FIELDS}
    _require(wanted, "title_zh")
    if wanted["slot"] not in BannerSlot.values:
        raise RegionError(_("Choose where the banner stands."), code="slot", field="slot")
    if not all(isinstance(month, int) and 1 <= month <= 12 for month in wanted["months"]):
        raise RegionError(_("A month is a number from 1 to 12."), code="months", field="months")
    if wanted["link_kind"] not in LinkKind.values or (
        wanted["link_kind"] != LinkKind.GOODS and not wanted["link_key"]
    ):
        raise RegionError(_("Say where the banner leads."), code="link", field="link_key")
    banner = lock(Banner.objects.filter(pk=banner_id)).get() if banner_id else Banner()
    _save(banner, wanted, _Picture(picture, drop_picture), actor_id, reason=reason)
    return banner


def _require(values: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not values[name].strip():
            raise RegionError(_("This field must not be empty."), code="empty", field=name)
    start, end = values.get("starts_on"), values.get("ends_on")
    if isinstance(start, dt.date) and isinstance(end, dt.date) and end < start:
        raise RegionError(_("It ends before it begins."), code="ends_before_start", field="ends_on")


class _Picture(NamedTuple):
    """What becomes of a row's picture: a new one comes, or it goes."""

    upload: "UploadedFile[Any] | None"
    drop: bool


def _save(
    row: Pictured | Timed,
    values: dict[str, Any],
    picture: _Picture,
    actor_id: int,
    *,
    key: str = "",
    reason: str = "",
) -> None:
    """Write the values that differ and what becomes of the picture, with one journal entry."""
    for name, value in values.items():
        if isinstance(value, str) and _TAG.search(value):
            raise RegionError(
                _("Plain text only, please: “<” followed by a letter looks like HTML."),
                code="markup",
                field=name,
            )
    values |= {"changed_at": clock.now()} if row.pk is None else {}
    saved = create(model=type(row), values=values) if row.pk is None else change(row=row, values=values)
    row.pk = saved.row.pk
    row.refresh_from_db()
    after = dict(saved.after)
    before = dict(saved.before)
    moved = picture.upload is not None or (picture.drop and row.picture is not None)
    if moved:
        before["picture"], after["picture"] = _set_picture(row, picture.upload, actor_id)
    if saved.change is Change.UNCHANGED and not moved:
        return
    row.changed_at = clock.now()
    row.save(update_fields=["changed_at"])
    name = str(row._meta.model_name)
    journal(
        actor_id=actor_id,
        action=f"{name}.{saved.change.value if saved.change is Change.CREATED else 'changed'}",
        object_type=name,
        object_key=key or str(row.pk),
        before=before,
        after=after,
        reason=reason,
    )


def _set_picture(row: Pictured, upload: "UploadedFile[Any] | None", actor_id: int) -> tuple[str, str]:
    """Store a new photo for a row, or leave it without one; return the names of the old and the new one."""
    old, old_key = row.picture, row.picture_key
    file = None
    if upload is not None:
        file = store_file(
            upload=upload,
            kind=FileKind.PHOTO,
            owner_type=str(row._meta.model_name),
            owner_key=str(row.pk),
            uploaded_by=actor_id,
            account=ACCOUNT,
        )
    row.picture, row.picture_key, row.picture_ready_at = file, _key(row, file) if file else "", None
    row.save(update_fields=["picture", "picture_key", "picture_ready_at"])
    if old is not None:
        remove_file(file=old, actor_id=actor_id)
    if old_key:
        transaction.on_commit(lambda: remove_files(old_key))
    return (old.name if old else "", file.name if file else "")


def _key(row: Pictured, file: StoredFile) -> str:
    digest = hashlib.sha256(f"{file.key.hex}:{file.digest}".encode()).hexdigest()
    return f"{row._meta.model_name}-{row.pk}-{digest[:16]}"
