"""The month that is open for entries."""

import datetime as dt

from shop.core import clock


def booking_date(occurred_at: dt.datetime, not_before: dt.date | None = None) -> dt.date:
    """Return the date an entry is booked on: the Shanghai date of the event.

    News can come late with an early time of its own. `not_before`, the latest date booked for the same
    order, keeps fen from leaving a stage on a day before they reached it.
    Once months are closed, an event of a closed month is booked on the first day of the open one here.
    """
    day = clock.local_date(occurred_at)
    return max(day, not_before) if not_before else day
