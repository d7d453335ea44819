"""Store, encode and remove uploaded files."""

import datetime as dt
import logging
import re
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.whole_files import write_whole
from shop.files import places
from shop.files.encoding import Unreadable, encode
from shop.files.exceptions import FileRefused
from shop.files.inspecting import inspect
from shop.files.models import FileAccount, FileKind, StoredFile
from shop.journal.services import record as journal

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)
#: A photo under which the worker died this often is given up.
MOST_ATTEMPTS = 3
#: Bytes without a row are what a refused or killed transaction left; a running one is far younger.
_ORPHANED = dt.timedelta(days=1)
_KEY = re.compile(r"[0-9a-f]{32}")


def store_file(
    *,
    upload: "UploadedFile[Any]",
    kind: FileKind,
    owner_type: str,
    owner_key: str,
    uploaded_by: int | None,
    account: str,
) -> StoredFile:
    """Store an upload as private evidence of its owner, on the quota of `account` (such as "supplier:code").

    A photo is shown only after the worker has encoded it anew. Not safe to repeat: a second call stores a
    second file. Raises FileRefused (empty, too_large, file_kind, too_many_pixels, quota); nothing is stored.
    """
    found = inspect(upload, kind)
    with transaction.atomic():
        _take_quota(account, len(found.raw))
        now = clock.now()
        file = StoredFile(
            kind=FileKind.PHOTO if found.is_photo else kind,
            owner_type=owner_type,
            owner_key=owner_key,
            account_id=account,
            name=found.name,
            content_type=found.content_type,
            size=len(found.raw),
            digest=found.digest,
            width=found.width,
            height=found.height,
            uploaded_by=uploaded_by,
            uploaded_at=now,
            ready_at=None if found.is_photo else now,
            due_at=now,
        )
        # Bytes first: a row whose bytes are missing would be worse than bytes that a sweep removes.
        write_whole(places.upload_path(file), found.raw)
        faultpoint("files.bytes_written")
        file.save()
    return file


def remove_file(*, file: StoredFile, actor_id: int | None, reason: str = "") -> None:
    """Take a file away for good: its bytes go, its row stays, its quota is free again; journalled.

    Safe to call twice.
    """
    with transaction.atomic():
        if not StoredFile.objects.filter(pk=file.pk, removed_at=None).update(removed_at=clock.now()):
            return
        FileAccount.objects.filter(pk=file.account_id).update(
            files=F("files") - 1, bytes=F("bytes") - file.size
        )
        journal(
            actor_id=actor_id,
            action="file.removed",
            object_type=file.owner_type,
            object_key=file.owner_key,
            before={"digest": file.digest},
            reason=reason,
        )
        transaction.on_commit(lambda: _unlink(file))


def encode_photos(*, limit: int = 20) -> int:
    """Encode the photos that wait, and return how many can be shown now; a job.

    Each is claimed first, so that two workers seldom do the same work; doing it twice does no harm. One that
    cannot be read is marked and holds up no other.
    """
    waiting = StoredFile.objects.filter(
        clock.due("due_at", within=LEASE), ready_at=None, failed_at=None, removed_at=None
    ).order_by("due_at", "pk")
    return sum(_encode(file) for file in waiting[:limit])


def sweep_files() -> int:
    """Delete bytes that no row needs, a day after they came, and return how many files went; a job.

    A killed process leaves them: an upload whose row was never written, or that of a photo encoded since.
    """
    before = (clock.now() - _ORPHANED).timestamp()
    gone = 0
    for directory in sorted(places.folder().glob("??")):
        old = [path for path in directory.iterdir() if path.stat().st_mtime < before]
        needed = _needed(old)
        for path in old:
            if path.name not in needed:
                path.unlink(missing_ok=True)
                gone += 1
    return gone


def _needed(paths: list[Path]) -> set[str]:
    keys = {path.name[:32] for path in paths if _KEY.match(path.name)}
    standing = StoredFile.objects.filter(key__in=keys, removed_at=None)
    return {path.name for file in standing for path in places.needed_paths(file)}


def _take_quota(account: str, size: int) -> None:
    FileAccount.objects.get_or_create(pk=account)
    room = FileAccount.objects.filter(
        pk=account, files__lt=F("most_files"), bytes__lte=F("most_bytes") - size
    )
    if not room.update(files=F("files") + 1, bytes=F("bytes") + size):
        raise FileRefused(
            _(
                "The space for uploaded files is full. Please remove some that are no longer needed, or call us."
            ),
            code="quota",
        )


def _encode(file: StoredFile) -> bool:
    if file.attempts >= MOST_ATTEMPTS:
        _give_up(file, "the worker ended under it")
        return False
    claimed = StoredFile.objects.filter(pk=file.pk, due_at=file.due_at, ready_at=None).update(
        due_at=clock.now() + LEASE, attempts=F("attempts") + 1
    )
    if not claimed:
        return False
    try:
        sizes = encode(places.upload_path(file).read_bytes(), file.content_type)
    except (Unreadable, FileNotFoundError) as error:
        _give_up(file, str(error))
        return False
    for end, data in sizes.items():
        write_whole(places.photo_path(file, end), data)
    faultpoint("files.photo_written")
    StoredFile.objects.filter(pk=file.pk, ready_at=None).update(ready_at=clock.now())
    places.upload_path(file).unlink(missing_ok=True)
    return True


def _give_up(file: StoredFile, reason: str) -> None:
    logger.warning("photo %s cannot be encoded: %s", file.key, reason)
    StoredFile.objects.filter(pk=file.pk, ready_at=None).update(failed_at=clock.now())


def _unlink(file: StoredFile) -> None:
    for path in places.every_path(file):
        path.unlink(missing_ok=True)
