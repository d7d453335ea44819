"""Counts the queries of each answer, in a header. Of neither site: the bench puts it in front of both."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

#: Statements that open, close or name a piece of a transaction are no queries.
_FRAME = ("SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "BEGIN", "SET ")
_WRITE = ("INSERT", "UPDATE", "DELETE")


class CountQueries:
    """Answers with X-Queries, and with X-Writes: the statements that change rows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Count what this request asks of the database."""
        counts = {"queries": 0, "writes": 0}

        def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            text = str(sql).lstrip().upper()
            if not text.startswith(_FRAME):
                counts["queries"] += 1
                counts["writes"] += text.startswith(_WRITE)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            response = self._get_response(request)
        response["X-Queries"], response["X-Writes"] = str(counts["queries"]), str(counts["writes"])
        return response
