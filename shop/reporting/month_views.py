"""The pages of closed and open months: list, one month with its checks and its statement, what changed it later."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import CLOSERS, ScopedRequest, require_roles, require_whole_shop
from shop.accounts.access import READERS as EVERY_READER
from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.journal.services import record
from shop.ledger.closing import STEPS, next_month, send_month_back, set_closing_rule
from shop.ledger.closing_checks import obstacles
from shop.ledger.closing_models import ClosingRule, ClosingState, MonthClosing, Statement
from shop.ledger.exporting import require_small, write_export
from shop.ledger.periods import month_end
from shop.reporting.month_forms import ClosingRuleForm, SendBackForm
from shop.reporting.month_tables import (
    causes_table,
    months_table,
    restated_orders_table,
    statement_tables,
)
from shop.reporting.monthly import monthly_report, report_pdf
from shop.reporting.months import causes, month_rows, restated_orders
from shop.reporting.periods import Period
from shop.reporting.selectors import cut_off, ledger_lag, overview
from shop.reporting.tables import Table, bridge_table, not_counted_table, other_table

READERS = (Role.STAFF, Role.FINANCE, Role.AUDITOR, *CLOSERS)
#: Whose button stands on a month's page, by the state of its closing; "" before anybody has begun.
_BUTTONS: Mapping[str, tuple[str, Role]] = {
    "": ("prepare", Role.PREPARER),
    ClosingState.PREPARED: ("review", Role.REVIEWER),
    ClosingState.REVIEWED: ("release", Role.RELEASER),
}


def _month(text: str) -> dt.date:
    try:
        month = dt.date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error
    # A month has one way to be written, and none of the future is closed.
    if f"{month:%Y-%m}" != text or month > clock.today():
        raise Http404
    return month


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(*READERS)
def months(request: ScopedRequest) -> HttpResponse:
    """List the months in both series; staff say here how many people close one."""
    is_staff = any(role == Role.STAFF for role, _everywhere in request.held)
    if request.method == "POST" and not is_staff:
        raise Http404
    form = ClosingRuleForm(request.POST if request.method == "POST" else None, initial=_new_rule())
    if form.is_bound and form.is_valid():
        try:
            set_closing_rule(**form.cleaned_data, actor_id=request.user.pk)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Noted. Months that are being closed keep the rule they began with."))
            return redirect("reporting:months")
    rows = month_rows(request.scope, settings.SHOP_DEMO)
    context = {
        "rows": rows,
        "table": months_table(rows),
        "next_month": next_month(),
        "rules": ClosingRule.objects.order_by("-starts_on"),
        "form": form if is_staff else None,
        "today": clock.today(),
        "demo": settings.SHOP_DEMO,
    }
    return render(request, "shop/reporting/months.html", context, status=422 if form.errors else 200)


def _new_rule() -> dict[str, Any]:
    return {"starts_on": month_end(clock.today()), "people": 3}


@require_GET
@require_whole_shop(*READERS)
def month(request: ScopedRequest, month: str) -> HttpResponse:
    """Show a month: its statement when it is closed; else what speaks against closing it, and whose turn it is."""
    day = _month(month)
    return render(request, "shop/reporting/month.html", _month_context(request, day, SendBackForm()))


def _month_context(request: ScopedRequest, day: dt.date, form: SendBackForm) -> dict[str, Any]:
    closings = list(MonthClosing.objects.filter(month=day).order_by("pk"))
    current = next((closing for closing in closings if closing.state != ClosingState.WITHDRAWN), None)
    is_next = day == next_month()
    statement = Statement.objects.filter(month=day, demo=settings.SHOP_DEMO).first()
    found = obstacles(day) if statement is None and is_next else []
    return {
        "month": day,
        "closings": closings,
        "current": current,
        "statement": statement,
        "is_next": is_next,
        "obstacles": found,
        "button": _button(request, current, is_next, found),
        "may_send_back": _may_send_back(request, current),
        "form": form,
        "tables": statement_tables(statement) if statement else _open_tables(request, day),
        "people": names_of(_people(closings)),
        "cut_off": cut_off(),
        "lag": ledger_lag(),
        "demo": settings.SHOP_DEMO,
    }


def _open_tables(request: ScopedRequest, day: dt.date) -> list[Table]:
    """Return the month's figures as they stand now."""
    end = month_end(day) - dt.timedelta(days=1)
    found = overview(request.scope, Period(day, end), settings.SHOP_DEMO)
    query = {"start": f"{day}", "end": f"{end}"}
    return [table(found, query) for table in (bridge_table, not_counted_table, other_table)]


def _button(request: ScopedRequest, current: MonthClosing | None, is_next: bool, found: list[str]) -> str:
    """Return the step that the reader may take now, "" for none."""
    act, role = _BUTTONS.get(current.state if current else "", ("", None))
    if role is None or not is_next or found or role not in {held for held, _everywhere in request.held}:
        return ""
    taken: set[int | None] = set()
    if current is not None:
        taken.add(current.prepared_by)
        if current.people == 3:
            taken.add(current.reviewed_by)
    return "" if request.user.pk in taken else act


def _may_send_back(request: ScopedRequest, current: MonthClosing | None) -> bool:
    is_open = current is not None and current.state != ClosingState.RELEASED
    return is_open and any(held in CLOSERS for held, _everywhere in request.held)


def _people(closings: list[MonthClosing]) -> set[int]:
    columns = ("prepared_by", "reviewed_by", "released_by", "withdrawn_by")
    return {user for closing in closings for name in columns if (user := getattr(closing, name)) is not None}


@require_POST
@require_whole_shop(*CLOSERS)
def month_act(request: ScopedRequest, month: str) -> HttpResponse:
    """Take a step of closing a month: `act` is prepare, review, release or send_back."""
    day, act = _month(month), request.POST.get("act", "")
    form = SendBackForm(request.POST)
    if act == "send_back" and not form.is_valid():
        context = _month_context(request, day, form)
        return render(request, "shop/reporting/month.html", context, status=422)
    if act not in (*STEPS, "send_back"):
        raise Http404
    try:
        if act == "send_back":
            reason = form.cleaned_data["reason"]
            send_month_back(month=day, actor_id=request.user.pk, reason=reason)
        else:
            STEPS[act](month=day, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _DONE[act]())
    return redirect("reporting:month", month=month)


_DONE = {
    "prepare": lambda: _("Prepared. Another person reviews it now."),
    "review": lambda: _("Reviewed. It can be released now."),
    "release": lambda: _("Released. The month is closed."),
    "send_back": lambda: _("Sent back. It can be prepared again."),
}


@require_GET
@require_whole_shop(*READERS)
def month_statement(request: ScopedRequest, month: str) -> HttpResponseBase:
    """Send the statement with its entries and its chain, for docs/verify_statement.py; the journal says to whom."""
    statement = Statement.objects.filter(month=_month(month), demo=settings.SHOP_DEMO).first()
    if statement is None:
        raise Http404
    try:
        require_small(statement)
    except ShopError as refused:
        return HttpResponse(str(refused), status=400, content_type="text/plain; charset=utf-8")
    record(
        actor_id=request.user.pk,
        action="statement.exported",
        object_type="month",
        object_key=f"{statement.month:%Y-%m}",
        after={
            "statement": statement.number,
            "digest": statement.digest,
            "kind": "zip",
            "rows": statement.entries,
        },
    )
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    write_export(statement, file)
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"{statement.number}.zip", content_type="application/zip"
    )


@require_GET
@require_roles(*EVERY_READER, *CLOSERS)
def month_pdf(request: ScopedRequest, month: str) -> HttpResponse:
    """Send the printed report of a month, of what the reader may see; the journal says who took it."""
    day = _month(month)
    body = report_pdf(monthly_report(request.scope, day, settings.SHOP_DEMO))
    record(
        actor_id=request.user.pk,
        action="report.printed",
        object_type="month",
        object_key=f"{day:%Y-%m}",
        after={"kind": "pdf", "sha256": hashlib.sha256(body).hexdigest()},
    )
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="consumption-support-{day:%Y-%m}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
@require_whole_shop(*READERS)
def month_restated(request: ScopedRequest, month: str) -> HttpResponse:
    """Show what changed a month later: by cause, then order by order."""
    day = _month(month)
    demo, after = settings.SHOP_DEMO, request.GET.get("after", "")[:32]
    page = restated_orders(request.scope, day, demo, after)
    row = next((row for row in month_rows(request.scope, demo) if row.month == day), None)
    context = {
        "month": day,
        "row": row,
        "tables": [
            causes_table(causes(request.scope, day, demo)),
            restated_orders_table(page.rows, day),
        ],
        "next_after": page.rows[-1].number if page.more else "",
        "demo": demo,
    }
    return render(request, "shop/reporting/month_restated.html", context)
