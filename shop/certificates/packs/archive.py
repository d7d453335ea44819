"""The zip of a pack: files one after another, none held in memory, with a list of their digests at the end."""

import datetime as dt
import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from shop.core.clock import SHANGHAI
from shop.core.exceptions import ShopError

MOST_BYTES = 200 * 1024 * 1024
DIGESTS = "SHA256SUMS.txt"
_CHUNK = 1024 * 1024
_LONGEST = 80
#: No file system takes these in a name, and none begins with what a shell or a spreadsheet reads as more.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|\u202a-\u202e\u2066-\u2069]+')
_FIRST = " .-=+@~"
#: Texts shrink; the others are packed already.
_SHRINKING = (".csv", ".xml", ".txt")


class Archive:
    """Writes into a zip; every file has the same time, so that the same files give the same bytes."""

    def __init__(self, file: IO[bytes], at: dt.datetime) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        local = at.astimezone(SHANGHAI)
        self._time = (local.year, local.month, local.day, local.hour, local.minute, local.second // 2 * 2)
        self._sums: list[str] = []
        self._bytes = 0

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        """Write a file. Raises ShopError (pack_too_large) beyond MOST_BYTES."""
        digest = hashlib.sha256()
        with self._zip.open(self._info(name), "w") as member:
            for part in parts:
                self._bytes += len(part)
                if self._bytes > MOST_BYTES:
                    raise ShopError(
                        _("The pack would be larger than %(most)d MB. Ask for fewer orders at once.")
                        % {"most": MOST_BYTES // (1024 * 1024)},
                        code="pack_too_large",
                    )
                digest.update(part)
                member.write(part)
        self._sums.append(f"{digest.hexdigest()}  {name}\n")

    def close(self) -> None:
        """Write the digests of all files, as `sha256sum -c` reads them, and end the zip."""
        with self._zip.open(self._info(DIGESTS), "w") as member:
            member.write("".join(self._sums).encode())
        self._zip.close()

    def give_up(self) -> None:
        """Let go of the zip after an error; what stands in the file is of no use."""
        self._zip.fp = None

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._time)
        info.create_system = 3
        info.external_attr = 0o600 << 16
        is_text = name.lower().endswith(_SHRINKING)
        info.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
        return info


def safe_name(text: str) -> str:
    """Return a text as one part of a file's name that every computer takes and none runs."""
    plain = _UNSAFE.sub("_", text).lstrip(_FIRST).rstrip(" .")
    if len(plain) > _LONGEST:
        end = Path(plain).suffix[:8]
        plain = plain[: _LONGEST - len(end)] + end
    return plain or "_"


def parts_of(path: Path) -> Iterator[bytes]:
    """Return the bytes of a file, part by part; of one that is not there none."""
    try:
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                yield part
    except FileNotFoundError:
        return
