"""A unit's certificates: asked for by its members on the unit's pages, and by staff on the organisation's."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop, roles_of
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.buyers.access import unit_page
from shop.buyers.models import Organisation
from shop.buyers.selectors import organisations
from shop.certificates.codes import shown_code
from shop.certificates.forms import PeriodForm
from shop.certificates.models import Certificate
from shop.certificates.selectors import unit_certificates, verified
from shop.certificates.services import issue_unit_certificate
from shop.certificates.unit_pdf import unit_pdf
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of

_STAFF = (Role.STAFF, Role.AUDITOR)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def unit(request: ScopedRequest) -> HttpResponse:
    """List the certificates of the unit that the visitor acts for and ask for one."""
    units = list(organisations(request.scope))
    form = PeriodForm(units, request.POST if request.method == "POST" else None)
    if request.method == "POST" and _issued(request, form, units):
        return redirect("certificates:unit")
    context = _context(request, form, request.scope) | {"active_tab": "unit"}
    return render(request, "shop/certificates/unit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(*_STAFF)
def organisation(request: ScopedRequest, code: str) -> HttpResponse:
    """The same for the staff, of any organisation; an auditor reads."""
    found = organisations(request.scope).filter(code=code).first()
    is_staff = Role.STAFF in roles_of(request.user)
    if found is None or (request.method == "POST" and not is_staff):
        raise Http404
    form = PeriodForm([found], request.POST if request.method == "POST" else None)
    if request.method == "POST" and _issued(request, form, [found]):
        return redirect("certificates:organisation", code=code)
    context = _context(request, form, Scope(organisations=frozenset({code})))
    context |= {"organisation": found, "may_issue": is_staff}
    return render(request, "shop/certificates/organisation.html", context, status=422 if form.errors else 200)


def _context(request: HttpRequest, form: PeriodForm, scope: Scope) -> dict[str, Any]:
    page = page_of(request, unit_certificates(scope, settings.SHOP_DEMO))
    rows = [{"certificate": one, "code": shown_code(one.code)} for one in page.object_list]
    return {"form": form, "rows": rows, "page_obj": page, "demo": settings.SHOP_DEMO}


def _issued(request: ScopedRequest, form: PeriodForm, units: list[Organisation]) -> bool:
    """Certify what was asked for and say so; False when the page has to be shown again with the form's errors."""
    if not form.is_valid():
        return False
    chosen = next(one for one in units if one.code == form.cleaned_data["unit"])
    try:
        issue_unit_certificate(
            organisation_id=chosen.pk,
            first=form.month("first"),
            last=form.month("last"),
            demo=settings.SHOP_DEMO,
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(request, _("Issued. The PDF is below; its code opens the page that verifies it."))
    return True


@require_GET
@unit_page
def unit_file(request: ScopedRequest, code: str) -> HttpResponse:
    """Send a certificate of the visitor's units as a PDF."""
    return _pdf(request.scope, code)


@require_GET
@require_whole_shop(*_STAFF)
def staff_file(request: ScopedRequest, code: str) -> HttpResponse:
    """Send any unit's certificate as a PDF."""
    return _pdf(request.scope, code)


def _pdf(scope: Scope, code: str) -> HttpResponse:
    certificate: Certificate | None = unit_certificates(scope, settings.SHOP_DEMO).filter(code=code).first()
    if certificate is None:
        raise Http404
    body = unit_pdf(certificate, verified(certificate).places)
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="certificate-{certificate.code}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
