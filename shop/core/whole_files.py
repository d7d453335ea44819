"""Write a file so that readers see all of it or nothing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: How the name of a file begins that is still being written, or was when its process died.
MAKING = ".making-"


@contextmanager
def whole_file(path: Path, *, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Yield a file to write into; at the end it goes to disk and only then gets its name, after an error it goes.

    The folder is made when it is missing. A process that dies leaves a file that begins with MAKING.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=MAKING)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Write the bytes to disk and only then give them their name; the folder is made when it is missing."""
    with whole_file(path) as file:
        file.write(data)
