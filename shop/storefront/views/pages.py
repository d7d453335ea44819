"""Public pages: the first page, the places, the rules, the duties."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shop.accounts.scope import own_scope
from shop.core import clock
from shop.core.keeping import may_be_kept
from shop.files.links import link_to
from shop.ledger.closing_models import Statement
from shop.ledger.publishing import public_statement
from shop.listings.selectors import current_shelf, report_of_product
from shop.regions.selectors import region_by_slug
from shop.reporting.exports import csv_text
from shop.reporting.public import public_totals
from shop.storefront.presenters.home import home_context
from shop.storefront.presenters.metas import page_meta
from shop.storefront.presenters.places import region_context
from shop.storefront.presenters.public import public_context, public_head, public_tables
from shop.storefront.presenters.suppliers import supplier_context
from shop.storefront.styleguide import styleguide_context
from shop.suppliers.selectors import open_report, public_supplier


@may_be_kept()
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page."""
    return render(request, "shop/storefront/home.html", home_context(own_scope(request.user)))


@require_safe
def regions(request: HttpRequest) -> HttpResponse:
    """The places with their totals of the year, how they are counted and proved: open to everyone."""
    return render(request, "shop/storefront/regions.html", public_context())


@require_safe
def regions_file(request: HttpRequest) -> HttpResponse:
    """Send the public tables as a CSV file."""
    totals = public_totals(clock.today().year, settings.SHOP_DEMO)
    body = "".join(csv_text(public_head(totals), public_tables(totals))).encode()
    return _file(body, "text/csv; charset=utf-8", f"consumption-support-{totals.year}.csv")


@require_safe
def statement_file(request: HttpRequest, number: str) -> HttpResponse:
    """Send what everyone may have of a statement and its chain; docs/verify_statement.py verifies it."""
    found = Statement.objects.filter(number=number, demo=settings.SHOP_DEMO).defer("body").first()
    if found is None:
        raise Http404
    return _file(public_statement(found).encode(), "application/json; charset=utf-8", f"{number}.json")


def _file(body: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def region(request: HttpRequest, slug: str) -> HttpResponse:
    """One place: what it is, what it reached, what it sells."""
    found = region_by_slug(slug)
    if found is None:
        raise Http404
    return render(request, "shop/storefront/region.html", region_context(found, _page_number(request)))


@require_safe
def supplier(request: HttpRequest, code: str) -> HttpResponse:
    """A supplier and its goods; one that does not sell at present has no page."""
    found = public_supplier(code)
    if found is None:
        raise Http404
    sort = request.GET.get("sort", "")
    context = supplier_context(found, sort, _page_number(request), current_shelf())
    return render(request, "shop/storefront/supplier.html", context)


@never_cache
@require_safe
def supplier_report(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the newest checked test report of a supplier, by an address that lives for minutes."""
    found = open_report(code, clock.today())
    if found is None:
        raise Http404
    return redirect(link_to(found.file, user_id=None))


@never_cache
@require_safe
def product_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the newest checked test report that speaks of a product, by an address that lives for minutes."""
    found = report_of_product(int(pk), clock.today(), current_shelf())
    if found is None:
        raise Http404
    return redirect(link_to(found.file, user_id=None))


def _page_number(request: HttpRequest) -> int:
    page = request.GET.get("page", "1")
    return int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    """How sales are counted, in words."""
    meta = page_meta(
        "storefront:method",
        _("Counting method"),
        _("What counts as consumption support here, when it counts, and how the figures are proved."),
    )
    return render(request, "shop/storefront/method.html", {"page_meta": meta})


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of purchase."""
    meta = page_meta(
        "storefront:terms",
        _("Terms of purchase"),
        _("Who sells, what a price holds, how goods are delivered and sent back."),
    )
    return render(request, "shop/storefront/terms.html", {"page_meta": meta})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about a person, and why."""
    meta = page_meta(
        "storefront:privacy",
        _("Privacy notice"),
        _("What is kept about a person, who sees it, and for how long."),
    )
    return render(request, "shop/storefront/privacy.html", {"page_meta": meta})


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on one page; only while DEBUG is on."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "shop/styleguide.html", styleguide_context())
