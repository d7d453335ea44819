"""What fills the files that the worker makes, by content."""

import datetime as dt
from collections.abc import Callable
from typing import IO

from shop.accounts.scope import Scope
from shop.reporting.drill_file import ENTRIES, entries_content
from shop.reporting.mailing import REPORT
from shop.reporting.making import Content, Makers
from shop.reporting.monthly import monthly_report, report_pdf
from shop.reporting.tables import Query


def report_content(scope: Scope, kind: str, query: Query) -> Content:
    """Return the printed report of a month, of what the person may see. It has no rows to count."""
    month = dt.date.fromisoformat(f"{query['month']}-01")
    body = report_pdf(monthly_report(scope, month, query["demo"] == "1"))

    def write(file: IO[bytes], step: Callable[[], None]) -> None:
        file.write(body)

    return Content(0, write)


MAKERS: Makers = {ENTRIES: entries_content, REPORT: report_content}
