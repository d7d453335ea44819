"""Ask for a file that the worker makes, and say who may have it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.accounts.models import Role, User
from shop.accounts.scope import Scope, scope_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.reporting.exports import too_long
from shop.reporting.models import ExportJob, ExportState
from shop.reporting.sending import filters_of, note
from shop.reporting.tables import Query

#: Below MEDIA_ROOT, in a folder that nobody serves.
FOLDER = "exports"
#: So many files a person may wait for at once.
MOST_WAITING = 5


@dataclass(frozen=True)
class Wish:
    """A file that is asked for: its maker, its kind, what it is narrowed to, and how many rows it will have.

    With `organisation`, a unit's code, it holds what is the unit's and nothing else.
    """

    content: str
    kind: str
    name: str
    file_name: str
    query: Query
    rows: int = 0
    organisation: str = ""


def ask_export(
    *, user: User, scope: Scope, roles: Iterable[Role], wish: Wish, actor_id: int | None
) -> ExportJob:
    """Write down a file for `user` that the worker is to make; journalled. `actor_id` None: the shop asks for them.

    Safe to call twice: the same question returns the file that waits already. Raises ShopError: export_too_long when
    it would have more rows than the cap, exports_waiting when the person waits for MOST_WAITING others.
    """
    if wish.rows > settings.EXPORT_MOST_ROWS:
        raise too_long(settings.EXPORT_MOST_ROWS)
    language, now = get_language() or settings.LANGUAGE_CODE, clock.now()
    held: dict[str, object] = {"everything": scope.everything, "regions": sorted(scope.regions)}
    if wish.organisation:
        held = {"everything": False, "regions": [], "organisation": wish.organisation}
    question = _digest([wish.content, wish.kind, sorted(wish.query.items()), language, held])
    values = {
        "content": wish.content,
        "kind": wish.kind,
        "name": wish.name,
        "file_name": wish.file_name,
        "query": wish.query,
        "language": language,
        **held,
        "roles": sorted(str(role.value) for role in roles),
        "asked_at": now,
        "due_at": now,
        "rows_wanted": wish.rows,
    }
    with transaction.atomic():
        if actor_id is not None:
            _require_room(user, question)
        job, created = ExportJob.objects.get_or_create(
            asked_by=user.pk, question=question, state=ExportState.WAITING, defaults=values
        )
        if created:
            note(actor_id, "export.asked", job.name, told_of(job))
    return job


def _require_room(user: User, question: str) -> None:
    waiting = ExportJob.objects.filter(asked_by=user.pk, state=ExportState.WAITING)
    if waiting.exclude(question=question).count() >= MOST_WAITING:
        raise ShopError(
            _("You wait for %(count)d files already. Ask again when one of them is ready.")
            % {"count": MOST_WAITING},
            code="exports_waiting",
        )


def told_of(job: ExportJob) -> dict[str, object]:
    """Return what the journal says of a file, besides who."""
    return {"export": str(job.key), "kind": job.kind, **filters_of(job.query), "rows": job.rows_wanted}


def own_exports(user: User) -> QuerySet[ExportJob]:
    """Return the files of figures that a person asked for, the latest first; a unit's are on the unit's pages."""
    return ExportJob.objects.filter(asked_by=user.pk, organisation="").order_by("-pk")


def scope_in(job: ExportJob) -> Scope:
    """Return what a file may hold: what the person was allowed to see when they asked."""
    if job.organisation:
        return Scope(organisations=frozenset({job.organisation}), user_id=job.asked_by)
    return Scope(everything=job.everything, regions=frozenset(job.regions), user_id=job.asked_by)


def may_have(user: User, job: ExportJob) -> bool:
    """Say whether the person who asked for a file may still see everything in it. One query."""
    if user.pk != job.asked_by:
        return False
    now = scope_of(user, *(Role(role) for role in job.roles))
    if job.organisation:
        return job.organisation in now.organisations
    held = bool(job.regions) and now.regions.issuperset(job.regions)
    return now.everything or (held and not job.everything)


def folder() -> Path:
    """Return the folder of all files that the worker makes."""
    return Path(settings.MEDIA_ROOT) / FOLDER


def path_of(job: ExportJob) -> Path:
    """Return where a file lies. Every attempt has its own, so that a late one never touches what is handed out."""
    return folder() / f"{job.key.hex}-{job.attempts}.{job.kind}"


def _digest(question: list[object]) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
