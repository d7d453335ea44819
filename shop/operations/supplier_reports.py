"""The staff's page of a supplier's test reports: which goods each speaks of."""

import re

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.files.links import shown
from shop.listings.selectors.reports import reports_with_goods
from shop.listings.services import name_goods
from shop.operations.admission import posted_pk, run
from shop.suppliers import selectors

#: Longer than any list of numbers that a report speaks of.
_LONGEST = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(Role.STAFF)
def reports(request: ScopedRequest, code: str) -> HttpResponse:
    """Show the checked test reports with their goods; a POST names the goods of one, by their numbers."""
    supplier = selectors.suppliers(request.scope).filter(code=code).first()
    if supplier is None:
        raise Http404
    found = reports_with_goods(supplier)
    if request.method == "POST":
        pk = posted_pk(request)
        if not found.filter(pk=pk).exists():
            raise Http404
        numbers = re.split(r"[\s,，、;；]+", request.POST.get("skus", "")[:_LONGEST])
        skus = [number for number in numbers if number]
        run(
            request,
            lambda: name_goods(scope=request.scope, document_id=pk, skus=skus, actor_id=request.user.pk),
            _("Saved. The pages of these goods lead to the report while it holds."),
        )
        return redirect("operations:supplier_reports", code=code)
    rows = list(found)
    files = shown([report.file for report in rows], user_id=request.user.pk)
    context = {"supplier": supplier, "rows": list(zip(rows, files, strict=True)), "today": clock.today()}
    return render(request, "shop/operations/supplier_reports.html", context)
