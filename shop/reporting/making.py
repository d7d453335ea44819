"""Make the files that people asked for, in the worker: whole or not at all, at one moment, with flat memory.

A file is leased first, written outside any transaction of its own, then marked. A worker that dies over it leaves it
to the next one, which begins anew; its half file is swept away.
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.faultpoint import faultpoint
from shop.core.snapshots import one_snapshot, writing_beside
from shop.core.whole_files import whole_file
from shop.reporting.asking import folder, may_have, path_of, scope_in, told_of
from shop.reporting.exports import Head, too_long, write_tables
from shop.reporting.mailing import tell_of_report
from shop.reporting.models import ExportJob, ExportState
from shop.reporting.sending import note
from shop.reporting.tables import Query, Table

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=5)
#: A file under which the worker died, or which it could not write, this often is given up.
MOST_ATTEMPTS = 3
PAUSE = dt.timedelta(seconds=30)
#: Nothing is put off longer. More than a lease, which another worker may have begun a moment later than this one looks.
LONGEST = 2 * LEASE
#: How often, in rows, the page is told how far a file is.
TOLD_EVERY = 1_000
#: Files without a row that needs them are what killed attempts left; a running one is younger.
_ORPHANED = dt.timedelta(days=1)


class Overtaken(Exception):
    """Another worker has taken the file meanwhile."""


@dataclass(frozen=True)
class Content:
    """What a file is made of: how many rows it will have, and what writes it; that calls `step` for every row.

    `told_every`: how often, in rows, the page is told; 0: TOLD_EVERY.
    """

    rows: int
    write: Callable[[IO[bytes], Callable[[], None]], None]
    told_every: int = 0


#: Reads what a person may see, narrowed to a query, for a kind of file.
Maker = Callable[[Scope, str, Query], Content]
Makers = Mapping[str, Maker]


def content_of(kind: str, head: Head, tables: list[Table], rows: int) -> Content:
    """Return tables as the content of a file."""

    def write(file: IO[bytes], step: Callable[[], None]) -> None:
        write_tables(kind, file, head, tables, most=settings.EXPORT_MOST_ROWS, step=step)

    return Content(rows, write)


def make_exports(makers: Makers, *, limit: int = 1) -> int:
    """Make the files that wait, the longest first; return how many are ready now. A job; two workers share the files.

    One at a time, so that others that wait for the same process take their turn in between.
    """
    waiting = ExportJob.objects.filter(
        clock.due("due_at", within=LONGEST), state=ExportState.WAITING
    ).order_by("due_at", "pk")
    return sum(_make(makers, job) for job in waiting[:limit])


def _make(makers: Makers, job: ExportJob) -> bool:
    with translation.override(job.language):
        if job.attempts >= MOST_ATTEMPTS:
            _fail(job, _("The file could not be made. Please ask for it again; if it fails again, tell us."))
            return False
        if (
            not _mine(job)
            .filter(due_at=job.due_at)
            .update(due_at=clock.now() + LEASE, attempts=F("attempts") + 1, rows_done=0)
        ):
            return False
        job.attempts += 1
        try:
            made = _write(makers, job)
        except Overtaken:
            return False
        except ShopError as refused:
            _fail(job, str(refused))
            return False
        except Exception:  # Whatever is wrong with a file is its own: the others go on.
            logger.exception("export %s was not made", job.key)
            _mine(job).update(due_at=clock.now() + PAUSE * job.attempts)
            return False
        faultpoint("reporting.export_written")
        return _finish(job, made)


def _write(makers: Makers, job: ExportJob) -> dict[str, Any]:
    """Write the file as its person may see it now, and return what the row says of it."""
    person = User.objects.filter(pk=job.asked_by).first()
    if person is None or not may_have(person, job):
        raise ShopError(_("You no longer have the role that this file was asked for in."), code="role")
    with writing_beside() as beside, one_snapshot():
        content = makers[job.content](scope_in(job), job.kind, job.query)
        if content.rows > settings.EXPORT_MOST_ROWS:
            raise too_long(settings.EXPORT_MOST_ROWS)
        progress = _Progress(job, content, beside)
        progress.tell()
        with whole_file(path_of(job), mode=0o600) as file:
            content.write(file, progress.step)
    path = path_of(job)
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    rows = {"rows_done": progress.done, "rows_wanted": progress.done}
    return {**rows, "size": path.stat().st_size, "digest": digest}


class _Progress:
    """Tells the page how far a file is, and holds the lease meanwhile."""

    def __init__(self, job: ExportJob, content: Content, beside: Callable[[Callable[[], Any]], Any]) -> None:
        self._job = job
        self._wanted = content.rows
        self._every = content.told_every or TOLD_EVERY
        self._beside = beside
        self.done = 0

    def step(self) -> None:
        """Count a row."""
        self.done += 1
        if self.done % self._every == 0:
            self.tell()
            faultpoint("reporting.export_half")

    def tell(self) -> None:
        """Write down how far it is. Raises Overtaken when the lease is lost."""
        now = {"due_at": clock.now() + LEASE, "rows_done": self.done, "rows_wanted": self._wanted}
        if not self._beside(lambda: _mine(self._job).update(**now)):
            raise Overtaken


@transaction.atomic
def _finish(job: ExportJob, made: dict[str, Any]) -> bool:
    now = clock.now()
    ready = {
        **made,
        "state": ExportState.READY,
        "made_at": now,
        "expires_at": now + dt.timedelta(days=settings.EXPORT_KEPT_DAYS),
    }
    if not _mine(job).update(**ready):
        return False
    job.refresh_from_db()
    note(job.asked_by, "export.made", job.name, {**told_of(job), "sha256": job.digest})
    tell_of_report(job)
    return True


@transaction.atomic
def _fail(job: ExportJob, why: str) -> None:
    if _mine(job).update(state=ExportState.FAILED, failure=why[:300]):
        note(job.asked_by, "export.failed", job.name, told_of(job), reason=why)


def _mine(job: ExportJob) -> QuerySet[ExportJob]:
    """Return the row as long as no other worker has taken it since this one did."""
    return ExportJob.objects.filter(pk=job.pk, state=ExportState.WAITING, attempts=job.attempts)


def sweep_exports() -> int:
    """Delete the files whose time is over and what killed attempts left; return how many went. A job.

    An expired file loses its filters too; what the journal says of it stays.
    """
    gone = 0
    over = ExportJob.objects.filter(state=ExportState.READY, expires_at__lte=clock.now()).order_by("pk")
    for job in over[:1_000]:
        path_of(job).unlink(missing_ok=True)
        gone += _expire(job)
    before = (clock.now() - _ORPHANED).timestamp()
    old = [path for path in folder().glob("*") if path.stat().st_mtime < before]
    needed = _needed(old)
    for path in old:
        if path.name not in needed:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


@transaction.atomic
def _expire(job: ExportJob) -> int:
    found = ExportJob.objects.filter(pk=job.pk, state=ExportState.READY)
    if not found.update(state=ExportState.EXPIRED, query={}):
        return 0
    note(None, "export.expired", job.name, {"export": str(job.key), "kind": job.kind, "sha256": job.digest})
    return 1


def _needed(paths: list[Path]) -> set[str]:
    """Return the names of those files that can still be taken."""
    keys = {path.name[:32] for path in paths if len(path.stem) > 32 and not path.name.startswith(".")}
    ready = ExportJob.objects.filter(state=ExportState.READY, key__in=[key for key in keys if _is_hex(key)])
    return {path_of(job).name for job in ready}


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdef" for char in text)
