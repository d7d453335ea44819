"""What the Celery workers are called for. A task names work; which work is due the database says.

So a task that is lost, late or delivered twice changes nothing: the next sweep calls again, and whoever comes
second finds the delivery or the job taken.
"""

import logging
import time
from contextlib import AbstractContextManager, nullcontext

from kombu.exceptions import OperationalError

from shop.outbox import relay
from worker.app import HARD_LIMIT_SECONDS, SOFT_LIMIT_SECONDS, STALE_SECONDS, app
from worker.calls import any_waits, call, heard
from worker.places import posting_place
from worker.queues import LEDGER, NOTIFY, PAY
from worker.routes import ROUTES
from worker.schedule import JOBS, job
from worker.turns import run_in_turn

logger = logging.getLogger(__name__)

#: How often the sweep looks for messages that nobody was woken for, and for deliveries that come due again.
SWEEP_SECONDS = 1
#: A drain makes room for the other queues after this time: there may be more queues than processes, and a supplier
#: should not wait for the books of orders that keep coming.
TURN_SECONDS = 0.12
#: Whose drain ends its turn as soon as a call waits for one of the others: the same processes serve them.
LET_PASS = {PAY: (NOTIFY,), LEDGER: (NOTIFY, PAY)}


def _relay_messages() -> None:
    heard(relay_messages.name)
    while relay.expand(ROUTES):
        pass
    _call_for_what_is_due()


def _drain_queue(queue: str) -> None:
    heard(drain_queue.name, queue)
    ends, before_it = time.monotonic() + TURN_SECONDS, LET_PASS.get(queue, ())
    with _place_for(queue) as has_place:
        # Whoever has the last place calls again after its turn.
        handled = has_place and relay.drain(
            ROUTES, queue=queue, go_on=lambda: time.monotonic() < ends and not any_waits(before_it)
        )
    if handled:
        # There may be more, also of what these deliveries have left for others.
        _call_for_what_is_due()
        for each in JOBS:
            if each.after_deliveries and each.queue == queue:
                # Beside its turns: a job is safe to run twice.
                each.function()


def _place_for(queue: str) -> AbstractContextManager[bool]:
    return posting_place() if queue == LEDGER else nullcontext(enter_result=True)


def _call_for_what_is_due() -> None:
    for queue in relay.queues_due(ROUTES):
        try:
            call(drain_queue.name, queue, queue=queue)
        except OperationalError:
            logger.warning("the broker was not reached; the sweep delivers")


def _run_job(name: str) -> None:
    run_in_turn(job(name))


relay_messages = app.task(name="worker.relay_messages", expires=STALE_SECONDS)(_relay_messages)
drain_queue = app.task(name="worker.drain_queue", expires=STALE_SECONDS)(_drain_queue)
run_job = app.task(name="worker.run_job")(_run_job)

HARD_MARGIN = HARD_LIMIT_SECONDS - SOFT_LIMIT_SECONDS
app.conf.beat_schedule = {
    "sweep": {
        "task": relay_messages.name,
        "schedule": SWEEP_SECONDS,
        "options": {"queue": PAY, "expires": STALE_SECONDS},
    },
} | {
    each.name: {
        "task": run_job.name,
        "args": [each.name],
        "schedule": each.every_seconds,
        "options": {
            "queue": each.queue,
            "expires": max(each.every_seconds, STALE_SECONDS),
            "soft_time_limit": each.limit_seconds,
            "time_limit": each.limit_seconds + HARD_MARGIN,
        },
    }
    for each in JOBS
}
