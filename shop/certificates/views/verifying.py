"""The public pages that verify a certificate or a month's statement: what was said, and what the ledger says today."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop.certificates.codes import read_code, shown_code
from shop.certificates.models import CertificateKind
from shop.certificates.selectors import certificate_by_code, certificate_of_digest, verified
from shop.certificates.statements import statement_of, verified_statement
from shop.core.addresses import absolute
from shop.core.page_meta import PageMeta
from shop.reporting.selectors import cut_off, ledger_lag

#: So often one address may ask for a code, found or not: nobody walks through codes, or has the ledger added up.
RATES = {"verify": "60/m/ip,600/h/ip"}
MOST_TYPED = 64


@require_safe
def verify_start(request: HttpRequest) -> HttpResponse:
    """Ask for a code; a typed one leads to its page, a statement's number and a digest too."""
    typed = request.GET.get("code", "").strip()[:MOST_TYPED]
    # First: without its hyphens the number of a demonstration's statement could be a code.
    if typed and (statement := statement_of(typed, settings.SHOP_DEMO)):
        return redirect("certificates:verify_statement", number=statement.number)
    if code := read_code(typed):
        return redirect("certificates:verify", code=code)
    if typed and (certified := certificate_of_digest(typed)):
        return redirect("certificates:verify", code=certified.code)
    context = {"typed": typed, "is_wrong": bool(typed), "page_meta": None if typed else _meta()}
    return render(request, "shop/certificates/verify_start.html", context, status=404 if typed else 200)


def _meta() -> PageMeta:
    description = _("Compare a unit's or a resident's certificate with the ledger as it is now.")
    address = absolute(reverse("certificates:verify_start"))
    return PageMeta(address, _("Verify a certificate"), description)


@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Show a certificate beside the ledger as it is now. A code that never existed gets a page that says so (404)."""
    allowed = ratelimit.consume(
        request, app="shop.certificates", action="verify", config=RATES, limit_get=True
    )
    if not allowed:
        return ratelimit.handler429(request)
    known = read_code(code[:MOST_TYPED])
    if known and known != code:
        return redirect("certificates:verify", code=known)
    certificate = certificate_by_code(known)
    if certificate is None:
        context = {"typed": code[:MOST_TYPED], "is_wrong": True}
        return render(request, "shop/certificates/verify_start.html", context, status=404)
    context = {
        "certificate": certificate,
        "code": shown_code(certificate.code),
        "is_unit": certificate.kind == CertificateKind.UNIT,
        "found": verified(certificate),
        "cut_off": cut_off(),
        "lag": ledger_lag(),
    }
    response = render(request, "shop/certificates/verify.html", context)
    patch_cache_control(response, no_store=True)
    return response


@require_safe
def verify_statement(request: HttpRequest, number: str) -> HttpResponse:
    """Show a month's statement with what was computed anew of it just now. Another number gets a 404 that says so."""
    allowed = ratelimit.consume(
        request, app="shop.certificates", action="verify", config=RATES, limit_get=True
    )
    if not allowed:
        return ratelimit.handler429(request)
    statement = statement_of(number, settings.SHOP_DEMO)
    if statement is None:
        context = {"typed": number[:MOST_TYPED], "is_wrong": True}
        return render(request, "shop/certificates/verify_start.html", context, status=404)
    response = render(
        request, "shop/certificates/verify_statement.html", {"found": verified_statement(statement)}
    )
    patch_cache_control(response, no_store=True)
    return response
