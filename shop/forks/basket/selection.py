"""Which rows of the basket are ticked: kept in the session as the unticked ones, so that new rows are ticked."""

from collections.abc import Iterable

from django.http import HttpRequest

_KEY = "basket_unticked"


def ticked(request: HttpRequest, line_ids: Iterable[int]) -> set[int]:
    """Return those of the rows that are ticked."""
    left = unticked(request)
    return {line_id for line_id in line_ids if line_id not in left}


def unticked(request: HttpRequest) -> frozenset[int]:
    """Return the rows that the visitor has unticked; some may be gone."""
    return frozenset(request.session.get(_KEY, ()))


def remember(request: HttpRequest, line_ids: Iterable[int], ticked_ids: Iterable[int]) -> None:
    """Keep which of the basket's rows are ticked; rows that are gone are forgotten."""
    left = sorted(set(line_ids) - set(ticked_ids))
    if left != request.session.get(_KEY, []):
        request.session[_KEY] = left


def forget(request: HttpRequest) -> None:
    """Tick everything again."""
    request.session.pop(_KEY, None)
