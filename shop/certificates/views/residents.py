"""A resident's own record of consumption support, and the certificate with its picture to share."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import require_login
from shop.accounts.scope import own_scope
from shop.certificates.codes import shown_code
from shop.certificates.forms import YearForm
from shop.certificates.images import image_path
from shop.certificates.models import ShareImage
from shop.certificates.selectors import own_record, resident_certificates, years_of
from shop.certificates.services import issue_resident_certificate
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.reporting.selectors import cut_off


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def own(request: HttpRequest) -> HttpResponse:
    """What is confirmed of the visitor's purchases in a year (`year`), by place and month, and its certificates."""
    years = years_of(request.user.pk or 0)
    form = YearForm(years, request.POST if request.method == "POST" else None)
    if request.method == "POST" and _issued(request, form):
        return redirect("certificates:own")
    context = _context(request, form, years)
    return render(request, "shop/certificates/own.html", context, status=422 if form.errors else 200)


def _context(request: HttpRequest, form: YearForm, years: list[int]) -> dict[str, Any]:
    wanted = request.GET.get("year", "")
    year = next((one for one in years if str(one) == wanted), clock.today().year)
    page = page_of(request, resident_certificates(own_scope(request.user), settings.SHOP_DEMO), size=12)
    return {
        "form": form,
        "year": year,
        "years": years if len(years) > 1 else [],
        "record": own_record(request.user.pk or 0, year, settings.SHOP_DEMO),
        "rows": [{"certificate": one, "code": shown_code(one.code)} for one in page.object_list],
        "page_obj": page,
        "cut_off": cut_off(),
        "demo": settings.SHOP_DEMO,
    }


def _issued(request: HttpRequest, form: YearForm) -> bool:
    if not form.is_valid():
        return False
    try:
        issue_resident_certificate(
            user_id=request.user.pk or 0, year=form.cleaned_data["year"], demo=settings.SHOP_DEMO
        )
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(request, _("Issued. Its picture is drawn within a few seconds."))
    return True


@require_safe
@require_login
def image(request: HttpRequest, code: str) -> HttpResponseBase:
    """Send the picture of an own certificate; 404 alike for another's and for one that is not drawn yet."""
    found = resident_certificates(own_scope(request.user), settings.SHOP_DEMO).filter(code=code).first()
    if found is None or found.image.ready_at is None:
        raise Http404
    try:
        file = image_path(found).open("rb")
    except FileNotFoundError as missing:
        # Pictures are no part of a backup: the worker draws it again.
        ShareImage.objects.filter(certificate=found).update(ready_at=None)
        raise Http404 from missing
    return FileResponse(file, content_type="image/png", filename=f"{found.code}.png")
