"""The days a report is about."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Period:
    """From a day to a day, both inclusive, Shanghai calendar."""

    start: dt.date
    end: dt.date

    @property
    def year(self) -> int | None:
        """Return the year the period lies in; None when it crosses one: then no annual target applies."""
        return self.start.year if self.start.year == self.end.year else None


def whole_year(year: int) -> Period:
    """Return the calendar year."""
    return Period(dt.date(year, 1, 1), dt.date(year, 12, 31))
