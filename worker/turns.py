"""A lock in the database for each job: whoever asks, it runs once per interval and never beside itself."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from shop.core import clock, logs
from shop.core.durability import may_be_lost
from worker.models import JobTurn
from worker.schedule import JOBS, Job

#: Longer than the worker lets a job live, so that a lock is never lost to a job that still runs.
MARGIN = dt.timedelta(seconds=30)
#: A turn that began so far ahead was taken while the clock was wrong, and holds nobody up. Clocks of several machines
#: differ by less.
AHEAD = dt.timedelta(minutes=1)


def run_in_turn(job: Job) -> bool:
    """Run the job unless it was begun in this interval or still runs; return whether it ran.

    An error of the job is raised. A worker that dies over a job frees it when the job's time limit has passed.
    """
    interval = _take(job)
    if interval is None:
        return False
    try:
        with logs.bound(job=job.name):
            job.function()
    finally:
        with transaction.atomic():
            may_be_lost()
            JobTurn.objects.filter(name=job.name, interval=interval).update(busy_until=None)
    return True


def _take(job: Job) -> int | None:
    now = clock.now()
    interval = int(now.timestamp()) // job.every_seconds
    over = Q(busy_until=None) | Q(busy_until__lte=now)
    of_wrong_clock = Q(begun_at__gt=now + AHEAD)
    free = JobTurn.objects.filter(of_wrong_clock | (over & Q(interval__lt=interval)), name=job.name)
    until = now + dt.timedelta(seconds=job.limit_seconds) + MARGIN
    # One statement decides, on both engines: of two callers the second finds the interval taken.
    with transaction.atomic():
        may_be_lost()
        if free.update(interval=interval, busy_until=until, begun_at=now):
            return interval
    if JobTurn.objects.filter(name=job.name).exists():
        return None
    JobTurn.objects.bulk_create([JobTurn(name=job.name)], ignore_conflicts=True)
    return interval if free.update(interval=interval, busy_until=until, begun_at=now) else None


def note_begun(job: Job) -> None:
    """Note that the only worker there is begins a job: for whoever asks whether it works."""
    JobTurn.objects.update_or_create(name=job.name, defaults={"begun_at": clock.now()})


def times_begun() -> dict[str, dt.datetime]:
    """Return when each job of the schedule was last begun. One query."""
    known = {job.name for job in JOBS}
    rows = JobTurn.objects.exclude(begun_at=None).values_list("name", "begun_at")
    return {name: begun for name, begun in rows if name in known and begun}
