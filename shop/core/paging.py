"""One way to cut a list into pages."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, IntegerField, QuerySet, Value
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(
    request: HttpRequest, rows: Any, *, name: str = "", size: int = PAGE_SIZE, count: int | None = None
) -> Page[Any]:
    """Return the page of `rows` that the address asks for; nonsense leads to the first or last one.

    `name` tells several lists of one page apart: its parameter is `<name>_page`. Two queries for a query set, one
    where the caller knows how many rows there are (`count`).
    """
    paginator = Paginator(rows, size)
    if count is not None:
        paginator.count = count
    return paginator.get_page(request.GET.get(f"{name}_page" if name else "page"))


def counts_of(lists: Sequence[QuerySet[Any]]) -> list[int]:
    """Return how many rows each of these lists has. One query."""
    parts = [
        rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))
        .order_by()
        .values(list_number=Value(number, output_field=IntegerField()))
        .annotate(list_count=Count("pk"))
        .values_list("list_number", "list_count")
        for number, rows in enumerate(lists)
    ]
    if not parts:
        return []
    counts = dict(parts[0].union(*parts[1:], all=True))
    return [counts.get(number, 0) for number in range(len(lists))]
