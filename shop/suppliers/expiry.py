"""When somebody is told that something ends: 60, 30 and 7 days before, and once it has ended (0)."""

import datetime as dt

STEPS = (60, 30, 7, 0)
FIRST_NOTICE = dt.timedelta(days=STEPS[0])


def step_of(ends_on: dt.date, today: dt.date) -> int | None:
    """Return the step that today belongs to, None before the first; the last day itself still counts.

    Where days were missed it is the latest step, so that nobody is told of what has passed.
    """
    left = (ends_on - today).days
    if left < 0:
        return 0
    return next((step for step in reversed(STEPS) if step and left <= step), None)
