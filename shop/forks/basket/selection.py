"""Which rows of the basket are ticked: kept in the session as the unticked ones, so that new rows are ticked."""

from collections.abc import Iterable

from django.http import HttpRequest

_KEY = "basket_unticked"


def ticked(request: HttpRequest, line_ids: Iterable[int]) -> set[int]:
    """Return those of the rows that are ticked."""
    unticked = set(request.session.get(_KEY, ()))
    return {line_id for line_id in line_ids if line_id not in unticked}


def remember(request: HttpRequest, line_ids: Iterable[int], ticked_ids: Iterable[int]) -> None:
    """Keep which of the basket's rows are ticked; rows that are gone are forgotten."""
    unticked = sorted(set(line_ids) - set(ticked_ids))
    if unticked != request.session.get(_KEY, []):
        request.session[_KEY] = unticked


def forget(request: HttpRequest) -> None:
    """Tick everything again."""
    request.session.pop(_KEY, None)
