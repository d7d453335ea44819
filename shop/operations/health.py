"""Whether the shop can serve, and with what missing."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from shop.outbox.selectors import lag

OK, DEGRADED, DOWN = "ok", "degraded", "down"
#: A probe gives the broker no longer than this to answer.
BROKER_SECONDS = 0.3
#: Messages older than this are a fault, whoever should have delivered them.
LATE = dt.timedelta(minutes=settings.OUTBOX_ALERT_MINUTES)


@dataclass(frozen=True)
class Readiness:
    """One word for each part, and one for the whole: `degraded` still serves, `down` does not."""

    database: str
    migrations: str = "unknown"
    broker: str = "unknown"
    messages: str = "unknown"

    @property
    def status(self) -> str:
        """Return the word for the whole."""
        if self.database != OK or self.migrations != OK:
            return DOWN
        return OK if self.broker in (OK, "none") and self.messages == OK else DEGRADED


def readiness() -> Readiness:
    """Ask database, migrations, broker and outbox; raises nothing and holds no data of the shop."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _require_migrations()
        messages = OK if lag() <= LATE else "late"
    except DatabaseError:
        return Readiness(DOWN)
    except _MigrationsPendingError:
        return Readiness(OK, "pending")
    return Readiness(OK, OK, broker(), messages)


def outbox_late() -> int | None:
    """Return for how many minutes the oldest message has waited if that is too long, else None. Two queries."""
    waited = lag()
    return int(waited.total_seconds() // 60) if waited > LATE else None


def broker() -> str:
    """Return ok or down, or none where the shop has no broker and drains its outbox itself."""
    url = settings.CELERY_BROKER_URL
    if not url:
        return "none"
    try:
        # Celery and the client name a socket, and a database behind it, differently.
        client = Redis.from_url(
            url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=", 1),
            socket_connect_timeout=BROKER_SECONDS,
            socket_timeout=BROKER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        with client:
            client.ping()
    except (RedisError, OSError, ValueError):
        return DOWN
    return OK


def is_open_to_all(url: str) -> bool:
    """Return whether a Redis server is reached over a network without a password."""
    parts = urlsplit(url)
    local = parts.scheme in ("unix", "redis+socket") or (parts.hostname or "") in (
        "localhost",
        "127.0.0.1",
        "::1",
    )
    return not local and not parts.password


class _MigrationsPendingError(LookupError):
    """The code is newer than the tables."""


@cache
def _require_migrations() -> None:
    """Raise unless every migration was applied; a yes is remembered, for it stays true while the process lives."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _MigrationsPendingError
