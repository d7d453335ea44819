"""Places for posting: as many processes of a machine or container post to the ledger at once as it has processors.

Posting waits for no lock, so two processes keep two processors busy. Eight take each other's caches and post a
third less, and keep the urgent queues waiting for a free process.
"""

import fcntl
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)


@contextmanager
def posting_place() -> Iterator[bool]:
    """Hold one of the places while the block runs; False when none is free, and nothing is waited for.

    The system frees the place of a process that dies.
    """
    with ExitStack() as files:
        yield any(_take(files, number) for number in range(place_count()))


def place_count() -> int:
    """Return how many places there are: the processors this process may use."""
    return len(os.sched_getaffinity(0))


def _take(files: ExitStack, number: int) -> bool:
    # In the folder for temporary files, as every container may write there; shops of one machine stay apart by
    # the name of their own folder.
    shop = hashlib.sha256(str(settings.DATA_DIR).encode()).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"posting-{os.getuid()}-{shop}-{number}"
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        files.callback(os.close, file)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # Places only save time: where there can be none, whoever comes may post.
        logger.warning("no place for posting: %s", error)
    return True
