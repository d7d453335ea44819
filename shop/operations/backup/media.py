"""The files beside the database: pictures and what people uploaded, as one archive."""

import os
import tarfile
from collections.abc import Callable
from pathlib import Path

from django.utils.translation import gettext as _

from shop.operations.backup.manifest import BackupError
from shop.reporting.asking import FOLDER as EXPORTS

NAME = "media.tar"
Say = Callable[[str], None]
_EVERY = 500


def write_media(root: Path, folder: Path, say: Say) -> None:
    """Write every file below `root` into the archive; pictures are compressed already, so it is not.

    A file that is taken away while this runs is left out: the database part no longer needs it, or names it and
    `restore` says so. Files that the worker made for people are left out, too: they live for some days only, and no
    copy of them should live longer.
    """
    count = 0
    with tarfile.open(folder / NAME, "w") as archive:
        for directory, names, files in os.walk(root):
            if Path(directory) == root:
                names[:] = [name for name in names if name != EXPORTS]
            for name in sorted(files):
                path = Path(directory) / name
                try:
                    archive.add(path, arcname=str(path.relative_to(root)), recursive=False)
                except FileNotFoundError:
                    continue
                count += 1
                if count % _EVERY == 0:
                    say(_("%(count)d files …") % {"count": count})
    say(_("%(count)d files") % {"count": count})


def restore_media(folder: Path, root: Path, say: Say) -> None:
    """Put the files of the archive back below `root`, each in one step. Files that are not in it stay.

    Raises BackupError for an entry that would lead out of `root`.
    """
    root.mkdir(parents=True, exist_ok=True)
    count = 0
    with tarfile.open(folder / NAME) as archive:
        for member in archive:
            if not member.isfile():
                continue
            target = root / member.name
            if not target.resolve().is_relative_to(root.resolve()):
                raise BackupError(_("The archive of files leads out of its folder."), code="changed")
            target.parent.mkdir(parents=True, exist_ok=True)
            read = archive.extractfile(member)
            assert read is not None
            unfinished = target.with_name(f".{target.name}.restoring")
            with read, unfinished.open("wb") as written:
                while block := read.read(1 << 20):
                    written.write(block)
            unfinished.chmod(0o644)
            unfinished.replace(target)
            count += 1
            if count % _EVERY == 0:
                say(_("%(count)d files …") % {"count": count})
    say(_("%(count)d files") % {"count": count})
