"""How a view says that its page may be kept for the next visitor without a name (storefront.keeping)."""

from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

View = Callable[..., HttpResponse]
#: What is left of a product, by its number.
UNITS = "units"
#: A thing that a page says, and what it says of it; a kept page goes when the two are no longer so.
FactKey = tuple[str, Hashable]
Facts = Mapping[FactKey, Hashable]


def may_be_kept(*parameters: str) -> Callable[[View], View]:
    """Let the view's pages be kept for visitors without a name, under addresses that ask only these parameters.

    Without facts of its own (`shows`) a page goes when anything in the catalogue changes or something is sold out.
    For whoever asks it, the page is for this browser alone, and is asked for anew each time.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            patch_cache_control(response, private=True, no_cache=True)
            return response

        answer.kept_parameters = frozenset(parameters)  # type: ignore[attr-defined]
        return answer

    return decorate


def parameters_of(view: object) -> frozenset[str] | None:
    """Return the parameters under which a view's pages may be kept, None for a view whose pages may not."""
    found: frozenset[str] | None = getattr(view, "kept_parameters", None)
    return found


def shows(request: HttpRequest, facts: Facts) -> None:
    """Note what of the stock and of the totals the page of this request says, beside the catalogue."""
    request.kept_facts = dict(facts)  # type: ignore[attr-defined]


def shown_by(request: HttpRequest) -> Facts | None:
    """Return what was noted, None where nothing was."""
    found: Facts | None = getattr(request, "kept_facts", None)
    return found
