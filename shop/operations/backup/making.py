"""Make a backup of the whole shop, and put one back."""

import datetime as dt
import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from shop.core import clock
from shop.operations.backup import media, postgresql, sqlite
from shop.operations.backup.manifest import (
    FORMAT,
    BackupError,
    Manifest,
    part_of,
    read_manifest,
    write_manifest,
)
from shop.operations.restores import begin_restored

Say = Callable[[str], None]
#: A shop in which one of these has a row is somebody's.
_SIGNS_OF_LIFE = ("ordering_orderrecord", "accounts_user", "catalogue_product")
_PARTIAL = ".partial"


def back_up(*, to: Path, say: Say) -> Path:
    """Write database, files and manifest into a new folder below `to`; return it. The shop goes on meanwhile.

    The folder gets its name when it is whole: one that was cut off ends in .partial and cannot be restored.
    Raises BackupError.
    """
    engine = _engine()
    copied_at = clock.now()
    name = f"shop-{copied_at:%Y%m%dT%H%M%SZ}"
    unfinished = to / f"{name}{_PARTIAL}"
    if (to / name).exists():
        raise BackupError(_("%(folder)s is there already.") % {"folder": to / name}, code="exists")
    try:
        unfinished.mkdir(parents=True, mode=0o700)
        # The database first: whatever it names was written to its file before.
        migrations = _applied()
        counts = engine.dump(unfinished, say)
        media.write_media(Path(settings.MEDIA_ROOT), unfinished, say)
        files = {path.name: part_of(path) for path in sorted(unfinished.iterdir())}
        manifest = Manifest(
            format=FORMAT,
            copied_at=copied_at.isoformat(),
            version=_version(),
            engine=connection.vendor,
            server=engine.server(),
            migrations=migrations,
            counts=counts,
            files=files,
        )
        write_manifest(unfinished, manifest.sealed())
        unfinished.rename(to / name)
    except OSError as error:
        raise BackupError(
            _("The backup was not written: %(why)s") % {"why": error.strerror or error}, code="failed"
        ) from error
    return to / name


def restore(*, folder: Path, replace: bool, other_key: bool, say: Say) -> Manifest:
    """Put a backup in the place of the shop's database and files, and mark the shop as restored.

    From then on no notice leaves it until `catch_up` of the worker has ended. Raises BackupError before anything
    is changed: incomplete, changed, unreadable, other_engine, newer, not_empty, in_use.
    """
    manifest = read_manifest(folder, other_key=other_key)
    engine = _engine()
    _refuse_misfit(manifest)
    if not replace and not _is_empty():
        raise BackupError(
            _("This shop is not empty. To replace everything in it by the backup, give --replace."),
            code="not_empty",
        )
    with _alone():
        engine.restore(folder, dict(manifest.counts), say)
        media.restore_media(folder, Path(settings.MEDIA_ROOT), say)
        call_command("migrate", interactive=False, verbosity=0)
        held = begin_restored(copied_at=manifest.moment, name=folder.name)
    say(_("%(count)d notices of the copy are held") % {"count": held})
    return manifest


def _refuse_misfit(manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        raise BackupError(
            _("The backup is of %(theirs)s, this shop runs on %(ours)s.")
            % {"theirs": manifest.engine, "ours": connection.vendor},
            code="other_engine",
        )
    on_disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    # A squashed one stands for those that it replaces.
    known = {*on_disk, *(replaced for migration in on_disk.values() for replaced in migration.replaces)}
    unknown = sorted(
        f"{app}.{name}"
        for app, names in manifest.migrations.items()
        for name in names
        if (app, name) not in known
    )
    if unknown:
        raise BackupError(
            _("The backup was made by a newer version of the shop: %(names)s.")
            % {"names": ", ".join(unknown[:3])},
            code="newer",
        )


def _is_empty() -> bool:
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for name in _SIGNS_OF_LIFE:
            if name in tables:
                cursor.execute(f'SELECT 1 FROM "{name}" LIMIT 1')  # noqa: S608 - our own names
                if cursor.fetchone():
                    return False
    return True


@contextmanager
def _alone() -> Iterator[None]:
    """Keep the shop closed meanwhile: the embedded one by its lock, a server's by looking who is connected."""
    if connection.vendor == "postgresql" and (others := postgresql.others_connected()):
        raise BackupError(
            _("%(count)d others are connected to the database. Stop web, workers and beat first.")
            % {"count": others},
            code="in_use",
        )
    with (Path(settings.DATA_DIR) / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(_("The shop is running. Stop it first."), code="in_use") from error
        yield


def _applied() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found.setdefault(app, []).append(name)
    return found


def _engine() -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite


def _version() -> str:
    try:
        return version("yuanshan-market")
    except PackageNotFoundError:
        return "unknown"


def prune(*, to: Path, keep: int) -> list[Path]:
    """Delete all but the newest whole backups below `to`, and what was cut off over a day ago; return what went."""
    whole = sorted(path for path in to.glob("shop-*Z") if path.is_dir())
    old = clock.now() - dt.timedelta(days=1)
    cut_off = [path for path in to.glob(f"shop-*{_PARTIAL}") if path.stat().st_mtime < old.timestamp()]
    gone = [*whole[: max(0, len(whole) - keep)], *cut_off]
    for path in gone:
        shutil.rmtree(path)
    return gone
