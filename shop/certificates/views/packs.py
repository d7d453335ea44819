"""A unit's reimbursement packs: asking for one, how far it is, taking it. Only who asked for one has it."""

import zipfile
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.accounts.scope import Scope
from shop.buyers.access import OtherUnit, acting_of, holds_one, of_unit, unit_page
from shop.certificates.forms import PackForm
from shop.certificates.packs.asking import (
    MOST_ORDERS,
    about_of,
    ask_pack,
    of_order,
    of_period,
    own_packs,
    pdf_name,
)
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.procurement.members import FILERS
from shop.procurement.selectors import unit_orders
from shop.reporting.asking import may_have, path_of, told_of
from shop.reporting.models import ExportJob, ExportState
from shop.reporting.sending import note

PAGE_SIZE = 20
_TYPES = {"pdf": "application/pdf", "zip": "application/zip"}
_GONE = 410


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def packs(request: ScopedRequest) -> HttpResponse:
    """The visitor's own packs of the unit that they act for; a POST asks for that of a period."""
    form = PackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            query = of_period(form.cleaned_data["start"], form.cleaned_data["end"])
            return _asked(request, query)
        except ShopError as refused:
            add_refusal(form, refused)
    unit = acting_of(request).unit
    page = page_of(request, own_packs(request.user, request.scope), size=PAGE_SIZE)
    context = {
        "active_tab": "orders",
        "form": form,
        "page_obj": page,
        "rows": [{"job": job, "about": _about(job), "is_over": _is_over(job)} for job in page.object_list],
        "may_ask": unit is not None and holds_one(request, FILERS, unit),
        "most": MOST_ORDERS,
    }
    return render(request, "shop/certificates/packs.html", context, status=422 if form.errors else 200)


@require_POST
@unit_page
def order_pack(request: ScopedRequest, number: str) -> HttpResponse:
    """Ask for the pack of one order of the unit."""
    of_unit(request, unit_orders, "purchase_request__organisation__code", number=number)
    try:
        return _asked(request, of_order(number))
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("procurement:order", number=number)


def _asked(request: ScopedRequest, query: dict[str, str]) -> HttpResponse:
    """Write down what is asked for and lead to its page. Raises ShopError as `ask_pack` does."""
    unit = acting_of(request).unit
    if unit is None:
        raise Http404
    job = ask_pack(user=request.user, organisation=unit, query=query)
    return redirect("certificates:pack", key=job.key)


@require_safe
@unit_page
def pack(request: ScopedRequest, key: UUID) -> HttpResponse:
    """Show how far a pack of the visitor's is; the page asks again by itself, or by its button."""
    context = _context(_own(request, key)) | {"active_tab": "orders"}
    return render(request, "shop/certificates/pack.html", context)


@require_safe
@unit_page
def pack_state(request: ScopedRequest, key: UUID) -> HttpResponse:
    """Return the part of that page that changes."""
    return render(request, "shop/certificates/pack_state.html", _context(_own(request, key)))


@require_safe
@unit_page
def pack_file(request: ScopedRequest, key: UUID, kind: str) -> HttpResponseBase:
    """Send the zip, or the PDF out of it, to who asked for it; each time is journalled with the zip's digest."""
    job = _own(request, key)
    if kind not in _TYPES:
        raise Http404
    if job.state != ExportState.READY and not _is_over(job):
        return redirect("certificates:pack", key=job.key)
    name = pdf_name(job.query) if kind == "pdf" else job.file_name
    try:
        if _is_over(job):
            raise FileNotFoundError
        file = _pdf_in(job) if kind == "pdf" else path_of(job).open("rb")
    except FileNotFoundError:
        context = _context(job) | {"active_tab": "orders", "is_over": True}
        return render(request, "shop/certificates/pack.html", context, status=_GONE)
    note(request.user.pk, "export.downloaded", job.name, {**told_of(job), "kind": kind, "sha256": job.digest})
    response = FileResponse(file, as_attachment=True, filename=name, content_type=_TYPES[kind])
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _pdf_in(job: ExportJob) -> Any:
    """Open the first file of the zip, its PDF; the zip stays open for as long as that is read."""
    with zipfile.ZipFile(path_of(job)) as archive:
        return archive.open(archive.infolist()[0])


def _own(request: ScopedRequest, key: UUID) -> ExportJob:
    """Return the visitor's own pack, as long as they hold one of the roles it was asked for in; another's is none.

    Raises OtherUnit for one of another unit of theirs.
    """
    acting = acting_of(request)
    job = own_packs(request.user, Scope(organisations=acting.codes)).filter(key=key).first()
    if job is None or not may_have(request.user, job):
        raise Http404
    if job.organisation != acting.code:
        raise OtherUnit(job.organisation)
    return job


def _context(job: ExportJob) -> dict[str, object]:
    return {"job": job, "about": _about(job), "is_over": _is_over(job)}


def _about(job: ExportJob) -> str:
    """Return what a pack is about; of a forgotten one its file's name alone is left."""
    return about_of(job.query) if job.query else job.file_name.removesuffix(".zip")


def _is_over(job: ExportJob) -> bool:
    past = job.expires_at is not None and job.expires_at <= clock.now()
    return job.state == ExportState.EXPIRED or past
