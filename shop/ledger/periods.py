"""The month that is open for entries."""

import datetime as dt

from shop.core import clock


def booking_date(occurred_at: dt.datetime) -> dt.date:
    """Return the date an entry is booked on: the Shanghai date of the event.

    Once months are closed, an event of a closed month is booked on the first day of the open one here.
    """
    return clock.local_date(occurred_at)
