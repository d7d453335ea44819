"""What search engines ask for first: where they may look, and what there is."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from shop.core.addresses import absolute
from shop.listings.selectors import current_shelf
from shop.storefront.presenters.sitemap import index_xml, part_xml

#: People's own pages and places of work: nothing there is for a search engine, most of it asks for a login.
PRIVATE = (
    "/account/",
    "/accounts/",
    "/basket/",
    "/checkout/",
    "/dashboard/",
    "/demo-pay/",
    "/files/",
    "/o/",
    "/orders/",
    "/pay/",
    "/search/",
    "/supplier/",
    "/t/",
    "/unit/",
)
_XML = "application/xml; charset=utf-8"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Say where search engines may look. In a demonstration nowhere: its goods cannot be bought."""
    if settings.SHOP_DEMO:
        lines = ["Disallow: /"]
    else:
        lines = [f"Disallow: {path}" for path in PRIVATE]
        lines += ["", f"Sitemap: {absolute(reverse('storefront:sitemap'))}"]
    text = "\n".join(["User-agent: *", *lines, ""])
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Name the files of addresses."""
    return HttpResponse(index_xml(current_shelf()), content_type=_XML)


@require_safe
def sitemap_part(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """Send one file of addresses."""
    text = part_xml(section, number, current_shelf())
    if text is None:
        raise Http404
    return HttpResponse(text, content_type=_XML)
