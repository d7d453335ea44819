"""Send tables as a file: what stands above every one of them, and who took which."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.journal.services import record
from shop.ledger.posting import RULE_VERSION
from shop.reporting.exports import CONTENT_TYPES, written
from shop.reporting.forms import SERIES_NAMES, PeriodForm
from shop.reporting.selectors import cut_off, ledger_lag
from shop.reporting.tables import Query, Table

__all__ = ["CONTENT_TYPES", "Narrowed", "bad_filter", "file_name", "head_of", "send_tables", "sent_file"]

Narrowed = list[tuple[str, str]]
#: Of the filters so much stands in the journal.
_LONGEST_FILTER = 1000
#: Filters that hold the name or the number of a person: they stand in no journal.
_PERSONAL = ("who",)


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
    actor_id, asked = request.user.pk, {"kind": kind, **filters_of(form.query)}
    try:
        file = written(kind, head_of(form, narrowed), tables, most=settings.EXPORT_MOST_ROWS)
    except ShopError as refused:
        return refuse(actor_id, name, asked, refused)
    note(actor_id, "export.downloaded", name, {**asked, "rows": file.rows, "sha256": file.digest})
    return sent_file(file.body, CONTENT_TYPES[kind], file_name(name, form, kind))


def refuse(actor_id: int | None, name: str, asked: Mapping[str, Any], refused: ShopError) -> HttpResponse:
    """Return a refusal as text; the journal tells of it."""
    note(actor_id, "export.refused", name, asked, reason=str(refused))
    return HttpResponse(str(refused), status=400, content_type="text/plain; charset=utf-8")


def sent_file(body: bytes, content_type: str, name: str) -> HttpResponse:
    """Return bytes as a file to be saved."""
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def file_name(name: str, form: PeriodForm, kind: str) -> str:
    """Return what a file is called."""
    period = form.period
    return f"{name}-{period.start}-{period.end}-{clock.today():%Y%m%d}.{kind}"


def filters_of(query: Query) -> dict[str, str]:
    """Return the filters of a file as the journal keeps them: the period, and the rest as in an address, by name."""
    kept = {name: query[name] for name in ("start", "end") if name in query}
    others = {name: value for name, value in query.items() if name not in kept and name not in _PERSONAL}
    return kept | ({"narrowed": urlencode(sorted(others.items()))[:_LONGEST_FILTER]} if others else {})


def note(actor_id: int | None, action: str, name: str, after: Mapping[str, Any], *, reason: str = "") -> None:
    """Write down what became of a file: who, which, with which filters, how many rows, and its digest."""
    record(
        actor_id=actor_id,
        action=action,
        object_type="export",
        object_key=name[:64],
        after=after,
        reason=reason[:300],
    )


def bad_filter(form: PeriodForm) -> HttpResponse:
    """Return what is wrong with the filters, as text."""
    texts = [
        f"{form.fields[name].label or name}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]
    return HttpResponse("\n".join(texts), status=400, content_type="text/plain; charset=utf-8")
