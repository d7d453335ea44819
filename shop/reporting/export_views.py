"""Pages of the files that the worker makes: asking for one, how far it is, taking it, and who took what."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shop.accounts.access import ScopedRequest, require_roles, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.paging import page_of
from shop.reporting.asking import Wish, ask_export, may_have, own_exports, path_of, told_of
from shop.reporting.cockpit_views import READERS
from shop.reporting.export_log import LOG_READERS, log_page, log_table
from shop.reporting.exports import CONTENT_TYPES
from shop.reporting.models import ExportJob, ExportState
from shop.reporting.sending import note

PDF = "application/pdf"
#: Months whose report is a click away.
MONTHS = 6
_GONE = 410


def offer_worker(request: HttpRequest, *, rows: int, ask_url: str, back_url: str) -> HttpResponse:
    """Say that a file is too long to be sent at once, and offer to have it made."""
    context = {"rows": rows, "ask_url": ask_url, "back_url": back_url}
    return render(request, "shop/reporting/export_offer.html", context)


def asked(request: ScopedRequest, roles: Iterable[Role], wish: Wish) -> HttpResponse:
    """Ask for a file and lead to its page. Raises ShopError as `ask_export` does."""
    job = ask_export(user=request.user, scope=request.scope, roles=roles, wish=wish, actor_id=request.user.pk)
    return redirect("reporting:export_job", key=job.key)


@require_GET
@require_roles(*READERS)
def exports(request: ScopedRequest) -> HttpResponse:
    """List the reader's own files: how far each is, until when it can be taken."""
    page = page_of(request, own_exports(request.user))
    context = {
        "page_obj": page,
        "now": clock.now(),
        "months": _last_months(),
        "may_read_log": _may_read_log(request),
    }
    return render(request, "shop/reporting/exports.html", context)


def _last_months() -> list[dt.date]:
    """Return the last months that are over, the latest first."""
    months = [clock.month_of(clock.today())]
    for _step in range(MONTHS):
        months.append(clock.month_of(months[-1] - dt.timedelta(days=1)))
    return months[1:]


def _may_read_log(request: ScopedRequest) -> bool:
    return request.scope.everything and any(role in LOG_READERS for role, _everywhere in request.held)


@require_GET
@require_roles(*READERS)
def export_job(request: ScopedRequest, key: UUID) -> HttpResponse:
    """Show how far a file of the reader's is; the page asks again by itself, or by its button."""
    return render(request, "shop/reporting/export_job.html", _state_of(request, key))


@require_GET
@require_roles(*READERS)
def export_state(request: ScopedRequest, key: UUID) -> HttpResponse:
    """Return the part of that page that changes."""
    return render(request, "shop/reporting/export_state.html", _state_of(request, key))


def _state_of(request: ScopedRequest, key: UUID) -> dict[str, object]:
    job = _own(request, key)
    return {"job": job, "is_over": _is_over(job), "percent": _percent(job)}


def _own(request: ScopedRequest, key: UUID) -> ExportJob:
    """Return the reader's own file, as long as they may see everything in it; another's is none."""
    job = own_exports(request.user).filter(key=key).first()
    if job is None or not may_have(request.user, job):
        raise Http404
    return job


def _is_over(job: ExportJob) -> bool:
    past = job.expires_at is not None and job.expires_at <= clock.now()
    return job.state == ExportState.EXPIRED or past


def _percent(job: ExportJob) -> int:
    return min(100, job.rows_done * 100 // job.rows_wanted) if job.rows_wanted else 0


@require_GET
@require_roles(*READERS)
def export_file(request: ScopedRequest, key: UUID) -> HttpResponseBase:
    """Send a file that is ready to who asked for it; each time is journalled with the file's digest."""
    job = _own(request, key)
    if job.state != ExportState.READY and not _is_over(job):
        return redirect("reporting:export_job", key=job.key)
    try:
        file = None if _is_over(job) else path_of(job).open("rb")
    except FileNotFoundError:
        file = None
    if file is None:
        context = {"job": job, "is_over": True, "percent": 0}
        return render(request, "shop/reporting/export_job.html", context, status=_GONE)
    note(request.user.pk, "export.downloaded", job.name, {**told_of(job), "sha256": job.digest})
    response = FileResponse(
        file,
        as_attachment=True,
        filename=job.file_name,
        content_type=CONTENT_TYPES.get(job.kind, PDF),
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
@require_whole_shop(*LOG_READERS)
def export_log(request: ScopedRequest) -> HttpResponse:
    """Show who asked for, made and took which file: when, with which filters, how many rows, and its digest."""
    page = log_page(request.GET.get("after", ""))
    context = {"table": log_table(page.entries), "after": page.after, "title": _("Who took what")}
    return render(request, "shop/reporting/export_log.html", context)
