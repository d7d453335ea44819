"""Public pages: the first page, the places, the rules, the duties."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shop.regions.selectors import region_by_slug
from shop.storefront.presenters.home import home_context
from shop.storefront.presenters.places import region_context, regions_context
from shop.storefront.styleguide import styleguide_context


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page."""
    return render(request, "shop/storefront/home.html", home_context())


@require_safe
def regions(request: HttpRequest) -> HttpResponse:
    """The places with their totals of the year: open to everyone."""
    return render(request, "shop/storefront/regions.html", regions_context())


@require_safe
def region(request: HttpRequest, slug: str) -> HttpResponse:
    """One place: what it is, what it reached, what it sells."""
    found = region_by_slug(slug)
    if found is None:
        raise Http404
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    return render(request, "shop/storefront/region.html", region_context(found, number))


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    """How sales are counted, in words."""
    return render(request, "shop/storefront/method.html", {})


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of purchase."""
    return render(request, "shop/storefront/terms.html", {})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about a person, and why."""
    return render(request, "shop/storefront/privacy.html", {})


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on one page; only while DEBUG is on."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "shop/styleguide.html", styleguide_context())
