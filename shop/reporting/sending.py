"""Send tables as a file: what stands above every one of them, and who took which."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.journal.services import record
from shop.ledger.posting import RULE_VERSION
from shop.reporting.exports import csv_text, json_text, xlsx_bytes
from shop.reporting.forms import SERIES_NAMES, PeriodForm
from shop.reporting.selectors import cut_off, ledger_lag
from shop.reporting.tables import Table

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
Narrowed = list[tuple[str, str]]


def head_of(form: PeriodForm, narrowed: Narrowed) -> list[tuple[str, str]]:
    """Return what stands above every file: whose rules, which version, up to when, how complete, how real."""
    lag, period = ledger_lag(), form.period
    waiting = _("%(count)s events are still on their way") % {"count": lag.messages}
    series = dict(SERIES_NAMES)["restated" if form.asked_series == "restated" else ""]
    return [
        (_("Basis"), _("The platform's own counting rules (平台口径)")),
        (_("Rule version"), RULE_VERSION),
        (_("Period"), f"{period.start} – {period.end}"),
        (_("Series"), str(series)),
        *narrowed,
        (_("Cut-off"), f"{cut_off():%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"),
        (_("Ledger"), waiting if lag.messages else _("complete")),
        (_("Kind of data"), _("Demonstration data") if form.is_demo else _("Real data")),
    ]


def send_tables(
    request: HttpRequest, kind: str, name: str, form: PeriodForm, tables: Iterable[Table], narrowed: Narrowed
) -> HttpResponse:
    """Return the tables as a file; the journal tells who took it, or why it was refused."""
    if kind not in CONTENT_TYPES:
        raise Http404
    head = head_of(form, narrowed)
    try:
        body = written(kind, head, tables)
    except ShopError as refused:
        _log(request, "export.refused", kind, name, form, reason=str(refused))
        return HttpResponse(str(refused), status=400, content_type="text/plain; charset=utf-8")
    _log(request, "export.downloaded", kind, name, form)
    response = HttpResponse(body, content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{file_name(name, form, kind)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def written(kind: str, head: list[tuple[str, str]], tables: Iterable[Table]) -> bytes:
    """Return the bytes of a file of a kind. Raises ShopError for one that is too long."""
    if kind == "csv":
        return "".join(csv_text(head, tables)).encode()
    return json_text(head, tables).encode() if kind == "json" else xlsx_bytes(head, tables)


def file_name(name: str, form: PeriodForm, kind: str) -> str:
    """Return what a file is called."""
    period = form.period
    return f"{name}-{period.start}-{period.end}-{clock.today():%Y%m%d}.{kind}"


def _log(
    request: HttpRequest, action: str, kind: str, name: str, form: PeriodForm, *, reason: str = ""
) -> None:
    period = form.period
    after = {"kind": kind, "start": f"{period.start}", "end": f"{period.end}"}
    others = {key: value for key, value in form.query.items() if key not in after}
    if others:
        after["narrowed"] = urlencode(others)[:200]
    record(
        actor_id=request.user.pk,
        action=action,
        object_type="export",
        object_key=name,
        after=after,
        reason=reason,
    )


def bad_filter(form: PeriodForm) -> HttpResponse:
    """Return what is wrong with the filters, as text."""
    texts = [
        f"{form.fields[name].label or name}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]
    return HttpResponse("\n".join(texts), status=400, content_type="text/plain; charset=utf-8")
