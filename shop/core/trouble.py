"""What a visitor sees when the shop stands on something that is full, read-only or gone: 503, and later it works again.

Nothing was written then: the transaction that failed is rolled back, and the next request begins anew.
"""

import errno
import sys
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults

RETRY_SECONDS = 20
_FULL = frozenset({errno.ENOSPC, errno.EROFS, errno.EDQUOT})
#: SQLite's names for a disk that is full or read-only, a file that cannot be opened or read, a writer in the way.
_SQLITE = (
    "SQLITE_FULL",
    "SQLITE_READONLY",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
)
#: PostgreSQL: a transaction that may not write.
_READ_ONLY = "25006"


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer what a view could not: 503 when the trouble is below the shop and will pass, else 500."""
    if not is_passing(sys.exc_info()[1]):
        return defaults.server_error(request)
    # Read as it is: a page that is rendered might ask the database.
    page = Path(settings.BASE_DIR, "templates", "503.html").read_text(encoding="utf-8")
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def is_passing(error: BaseException | None) -> bool:
    """Say whether an error means that the database or the disk cannot take anything at the moment."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    told = error.__cause__ if error is not None else None
    if name := getattr(told, "sqlite_errorname", ""):
        return str(name).startswith(_SQLITE)
    if isinstance(error, InternalError):
        return getattr(told, "sqlstate", "") == _READ_ONLY
    return isinstance(error, (OperationalError, InterfaceError))
