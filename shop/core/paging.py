"""One way to cut a list into pages."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(request: HttpRequest, rows: Any, *, name: str = "", size: int = PAGE_SIZE) -> Page[Any]:
    """Return the page of `rows` that the address asks for; nonsense leads to the first or last one.

    `name` tells several lists of one page apart: its parameter is `<name>_page`. Two queries for a query set.
    """
    return Paginator(rows, size).get_page(request.GET.get(f"{name}_page" if name else "page"))
