"""Contracts as unit, supplier and staff read them; both parties keep the signed copies there."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import ScopedRequest, require_roles, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.files.links import shown
from shop.procurement.access import my_contract, unit_page
from shop.procurement.contract_clauses import clauses_of
from shop.procurement.contract_models import Contract
from shop.procurement.contract_pdf import contract_pdf
from shop.procurement.contracts import add_scan, contracts, has_ended, scans_of
from shop.procurement.members import file_account
from shop.suppliers.frame import frame, own_supplier

#: Decorates a page of a supplier, and one of the staff.
supplier_page = require_roles(Role.SUPPLIER)
staff_page = require_whole_shop(Role.STAFF, Role.FINANCE, Role.AUDITOR)


class ScanForm(forms.Form):
    """A signed copy."""

    file = forms.FileField(
        label=gettext_lazy("Signed copy: a PDF or a photo"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".pdf,image/*"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def contract(request: ScopedRequest, number: str) -> HttpResponse:
    """A contract of the visitor's unit; a POST keeps a signed copy."""
    found = my_contract(request, number)
    form = _scan_form(request, found, file_account(found.record.credited_organisation))
    if form is None:
        return redirect("procurement:contract", number=number)
    context = _context(request, found, form) | {"active_tab": "orders"}
    return _page(request, "contract", context, form)


@require_safe
@unit_page
def pdf(request: ScopedRequest, number: str) -> HttpResponse:
    """The same contract to print and sign."""
    return _pdf(my_contract(request, number))


@require_safe
@supplier_page
def supplier_contracts(request: ScopedRequest) -> HttpResponse:
    """The supplier's contracts with units, the latest first."""
    supplier = own_supplier(request)
    page = page_of(request, contracts(_only(supplier.code)), size=20)
    context = frame(request, "sales", supplier) | {"page_obj": page}
    return render(request, "shop/procurement/supplier_contracts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@supplier_page
def supplier_contract(request: ScopedRequest, number: str) -> HttpResponse:
    """One of the supplier's contracts; a POST keeps a signed copy."""
    supplier = own_supplier(request)
    found = _found(_only(supplier.code), number)
    form = _scan_form(request, found, f"supplier:{supplier.code}")
    if form is None:
        return redirect("purchasing:supplier_contract", number=number)
    context = frame(request, "sales", supplier) | _context(request, found, form)
    return _page(request, "supplier_contract", context, form)


@require_safe
@supplier_page
def supplier_pdf(request: ScopedRequest, number: str) -> HttpResponse:
    """The same contract to print and sign."""
    return _pdf(_found(_only(own_supplier(request).code), number))


@require_safe
@staff_page
def staff_contracts(request: ScopedRequest) -> HttpResponse:
    """All contracts, the latest first."""
    context = {"page_obj": page_of(request, contracts(request.scope))}
    return render(request, "shop/procurement/staff_contracts.html", context)


@require_safe
@staff_page
def staff_contract(request: ScopedRequest, number: str) -> HttpResponse:
    """One contract with its signed copies."""
    found = _found(request.scope, number)
    return render(request, "shop/procurement/staff_contract.html", _context(request, found, None))


@require_safe
@staff_page
def staff_pdf(request: ScopedRequest, number: str) -> HttpResponse:
    """The same contract to print."""
    return _pdf(_found(request.scope, number))


def _only(code: str) -> Scope:
    return Scope(suppliers=frozenset({code}))


def _found(scope: Scope, number: str) -> Contract:
    found = contracts(scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _scan_form(request: ScopedRequest, found: Contract, account: str) -> ScanForm | None:
    """Return the form to show; None when a signed copy was kept."""
    if request.method != "POST":
        return ScanForm()
    form = ScanForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            add_scan(
                contract=found,
                upload=form.cleaned_data["file"],
                account=account,
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Kept. Both parties and the shop's staff can open it."))
            return None
    return form


def _context(request: ScopedRequest, found: Contract, form: ScanForm | None) -> dict[str, Any]:
    return {
        "contract": found,
        "body": found.body,
        "clauses": clauses_of(found.body),
        "is_off": has_ended(found.record),
        "files": shown(scans_of(found), user_id=request.user.pk),
        "form": form,
    }


def _page(request: ScopedRequest, name: str, context: dict[str, Any], form: ScanForm) -> HttpResponse:
    return render(request, f"shop/procurement/{name}.html", context, status=422 if form.errors else 200)


def _pdf(found: Contract) -> HttpResponse:
    response = HttpResponse(contract_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response
