"""Where a form may lead back to."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def local_address(request: HttpRequest, wanted: str, fallback: str) -> str:
    """Return `wanted` when it is a path of this shop, else `fallback`.

    Hand the answer to `HttpResponseRedirect`: `redirect` takes an unknown word for the name of a view.
    """
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else fallback
