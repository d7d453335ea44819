"""The processes of a production shop, as docker-compose.yml runs them too; a test compares the two."""

from dataclasses import dataclass

REDIS = (
    *("redis-server", "--save", "", "--appendonly", "no"),
    *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
)
_CELERY = ("celery", "-A", "worker.app")


@dataclass(frozen=True)
class Process:
    """One service of the compose file: its command, and how often it runs. A higher stage is stopped earlier."""

    service: str
    command: tuple[str, ...]
    copies: int = 1
    stage: int = 1


WEB = Process(
    "web",
    ("gunicorn", "--config", "scripts/gunicorn.production.py", "shop.config.wsgi:application"),
    copies=2,
    stage=2,
)
#: Two workers, so that pictures and clearing up never keep money, parcels and figures waiting.
URGENT = Process(
    "worker-urgent",
    (*_CELERY, "worker", "-Q", "notify,pay,ledger", "--concurrency", "2", "--hostname", "urgent@%h"),
)
BULK = Process(
    "worker-bulk",
    (*_CELERY, "worker", "-Q", "bulk,housekeeping", "--concurrency", "1", "--hostname", "bulk@%h"),
)
BEAT = Process("beat", (*_CELERY, "beat"))
PROCESSES = (WEB, URGENT, BULK, BEAT)
