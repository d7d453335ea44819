"""Where a form may lead back to, and what a page's address is for those who are not on it."""

from django.conf import settings
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


def absolute(path: str) -> str:
    """Return the whole address of a path of the shop, as the shop is configured: no request is asked for it."""
    return settings.SHOP_BASE_URL.rstrip("/") + path
