"""The shop's Celery app with the tests' handlers, and with rests and leases of a second instead of minutes.

celery -A tests.drains.celery_app worker
"""

import dataclasses
import datetime as dt
import os
from contextlib import ExitStack
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from celery.signals import task_postrun, task_prerun  # noqa: E402

from shop.outbox import relay  # noqa: E402
from tests.drains import hooks  # noqa: E402
from worker import schedule  # noqa: E402
from worker.routes import ROUTES  # noqa: E402

ROUTES |= hooks.ROUTES
schedule.JOBS = tuple(dataclasses.replace(job, every_seconds=1) for job in (*schedule.JOBS, hooks.TICK))
relay.LEASE = dt.timedelta(seconds=2)
relay.FIRST_PAUSE = dt.timedelta(seconds=0.1)
relay.LONGEST_PAUSE = dt.timedelta(seconds=0.1)

from worker.app import app  # noqa: E402 - after the table has been changed

app.conf.broker_transport_options = app.conf.broker_transport_options | {
    "visibility_timeout": 1,
    "unacked_restore_interval": 0.5,
}
_held: dict[str, ExitStack] = {}


def hold(task_id: str, **kwargs: Any) -> None:
    """Hold the database for the task, and write down that the task has begun."""
    _held[task_id] = ExitStack()
    _held[task_id].enter_context(hooks.database_in_use())
    with open(hooks.SIGNS / "tasks", "a") as file:
        file.write(f"{task_id}\n")


def let_go(task_id: str, **kwargs: Any) -> None:
    """Let go of the database."""
    _held.pop(task_id).close()


task_prerun.connect(hold)
task_postrun.connect(let_go)
