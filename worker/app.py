"""The Celery app: transport between processes. What must not be lost stands in the outbox, never in the broker.

celery -A worker.app worker -Q notify,pay,ledger,bulk,housekeeping
celery -A worker.app beat
"""

import ctypes
import os
import signal
import sys
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_process_init,
)
from django.conf import settings
from django.db import close_old_connections
from kombu.entity import Queue

from worker.queues import HOUSEKEEPING, PAY, QUEUES
from worker.transport import outlive_the_broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.config.settings")

PR_SET_PDEATHSIG = 1
#: A task that runs longer is ended: first by an exception, then by the end of its process.
SOFT_LIMIT_SECONDS = 40
HARD_LIMIT_SECONDS = 50
#: After this the broker hands a task that nobody acknowledged to another worker: later than any task may run.
VISIBILITY_SECONDS = 900

#: Calls older than this are dropped: the sweep has made newer ones.
STALE_SECONDS = 30

TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY_SECONDS,
    "unacked_restore_throttle": 1,
    # A broker that is gone or silent is given up at once: the sweep comes by again.
    "socket_connect_timeout": 1,
    "socket_timeout": 15,
    "socket_keepalive": True,
    "max_retries": 0,
    "interval_start": 0,
    "queue_order_strategy": "priority",
}

outlive_the_broker()
app = Celery("worker")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options=TRANSPORT_OPTIONS,
    broker_connection_timeout=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_queues=[Queue(name, routing_key=name) for name in QUEUES],  # type: ignore[no-untyped-call]
    task_create_missing_queues=False,
    task_default_queue=HOUSEKEEPING,
    # Whoever tells the others what there is goes before them; they are called on the queue of their work.
    task_routes={"worker.relay_messages": {"queue": PAY}},
    # A task is done when it has ended, not when it was received; there is nothing to come back for.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    task_soft_time_limit=SOFT_LIMIT_SECONDS,
    task_time_limit=HARD_LIMIT_SECONDS,
    task_ignore_result=True,
    result_backend=None,
    task_serializer="json",
    event_serializer="json",
    accept_content=["json"],
    # Under load a process has fifty tasks a second: it lives for minutes, and its connection's plans with it.
    worker_max_tasks_per_child=20_000,
    # Well above what a child begins with, or it would end after every task.
    worker_max_memory_per_child=300_000,
    beat_scheduler="worker.beat:Scheduler",
    timezone="UTC",
    # Celery would open a connection for each task, and PostgreSQL plan its every statement anew: most of a turn.
    CELERY_DB_REUSE_MAX=sys.maxsize,
)
app.autodiscover_tasks(["worker"])


def refuse_without_broker(**kwargs: Any) -> None:
    """End a worker or scheduler that nobody told where the broker is, instead of letting it try elsewhere."""
    if not app.conf.broker_url:
        raise SystemExit("CELERY_BROKER_URL is not set; without a broker run: manage.py runworker")


def leave_logging_to_the_shop(**kwargs: Any) -> None:
    """Keep Celery from setting up logging: being connected is what it asks for."""


def end_with_parent(**kwargs: Any) -> None:
    """Let the kernel end this process of the pool with its worker: one that was killed must not work on unseen."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def keep_good_connections(**kwargs: Any) -> None:
    """Close what is broken or too old, as Django does around a request."""
    close_old_connections()


setup_logging.connect(leave_logging_to_the_shop)
celeryd_init.connect(refuse_without_broker)
beat_init.connect(refuse_without_broker)
worker_process_init.connect(end_with_parent)
task_prerun.connect(keep_good_connections)
task_postrun.connect(keep_good_connections)
