"""The journal for staff and auditors: who did what to which thing, with each value before and after."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.accounts.selectors import everybody, matching
from shop.core import clock
from shop.core.clock import SHANGHAI
from shop.core.exceptions import ShopError
from shop.journal.selectors import Search, all_entries, entries, journal_page, object_types
from shop.operations.journal_rows import JournalRow, journal_rows
from shop.operations.journal_words import ACTIONS, object_name
from shop.operations.search import QUERY_LENGTH
from shop.reporting.asking import Wish
from shop.reporting.export_views import asked, offer_worker
from shop.reporting.exports import CONTENT_TYPES, too_long, written
from shop.reporting.making import Content, content_of
from shop.reporting.sending import note, refuse, sent_file
from shop.reporting.tables import Cell, Query, Table

READERS = (Role.STAFF, Role.AUDITOR)
#: What the journal's file is called, and its maker.
JOURNAL = "journal"
#: Acts that the page offers to look for at once.
FREQUENT = frozenset(
    {
        "accounts.save_user",
        "accounts.grant_role",
        "accounts.revoke_role",
        "accounts.closed",
        "accounts.second_factor_reset",
        "organisation.verified",
        "terms.approved",
        "order.closed",
        "order.note",
        "refund.approved",
        "stock.changed",
        "listing.price_set",
        "supplier.suspended",
        "transfer.confirmed",
        "difference.resolved",
        "export.downloaded",
    }
)
#: Nobody is called like so many people.
_MOST_PEOPLE = 200
_CHUNK = 500


class JournalForm(forms.Form):
    """What to look for; each field may stay empty."""

    who = forms.CharField(
        label=gettext_lazy("Who (mobile number, e-mail, name)"), max_length=QUERY_LENGTH, required=False
    )
    action = forms.CharField(label=gettext_lazy("Action"), max_length=64, required=False)
    kind = forms.CharField(label=gettext_lazy("Kind of object"), max_length=64, required=False)
    key = forms.CharField(label=gettext_lazy("Number of the object"), max_length=64, required=False)
    start = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    end = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def search(self, scope: Scope) -> Search:
        """Return what was asked for; a field that cannot be read does not narrow. One query for a name."""
        self.is_valid()
        data = self.cleaned_data
        who = data.get("who", "")
        return Search(
            actors=_people(scope, who) if who else None,
            action=data.get("action", ""),
            object_type=data.get("kind", ""),
            object_key=data.get("key", ""),
            first=_start_of(data.get("start")),
            end=_start_of(data.get("end"), 1),
        )


def _people(scope: Scope, typed: str) -> frozenset[int]:
    found = matching(everybody(scope), typed).values_list("pk", flat=True)
    return frozenset(found[:_MOST_PEOPLE])


def _start_of(day: dt.date | None, days: int = 0) -> dt.datetime | None:
    """Return the first instant of a day in Shanghai; None where the calendar ends."""
    if day is None:
        return None
    try:
        return dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), tzinfo=SHANGHAI).astimezone(
            dt.UTC
        )
    except OverflowError:
        return None


@require_GET
@require_whole_shop(*READERS)
def journal(request: ScopedRequest) -> HttpResponse:
    """Show what fits, newest first, fifty at a time."""
    form = JournalForm(request.GET)
    search = form.search(request.scope)
    page = journal_page(search, _number(request.GET.get("after", "")))
    query = {name: value for name in form.fields if (value := request.GET.get(name, "").strip())}
    context = {
        "form": form,
        "rows": journal_rows(page.entries),
        "next_query": urlencode(query | {"after": str(page.after)}) if page.after else "",
        "export_query": urlencode(query),
        "filtered": bool(query),
        "kinds": [(kind, object_name(kind)) for kind in object_types()],
        "actions": [(code, str(name)) for code, name in ACTIONS.items() if code in FREQUENT],
    }
    return render(request, "shop/operations/journal.html", context, status=400 if form.errors else 200)


@require_GET
@require_whole_shop(*READERS)
def journal_export(request: ScopedRequest, kind: str) -> HttpResponse:
    """Send everything that fits as a file; a long one is left to the worker. The download itself is journalled."""
    form = _asked_form(request, kind)
    if not form.is_valid():
        return _bad(form)
    search, sought = form.search(request.scope), _sought(form, kind)
    rows = entries(search).order_by()[: settings.EXPORT_MOST_ROWS + 1].count()
    if rows > settings.EXPORT_MOST_ROWS:
        return refuse(request.user.pk, JOURNAL, sought, too_long(settings.EXPORT_MOST_ROWS))
    if rows > settings.EXPORT_DIRECT_ROWS:
        query = request.GET.urlencode()
        ask_url = f"{reverse('operations:journal_export_ask', args=[kind])}?{query}"
        back_url = f"{reverse('operations:journal')}?{query}"
        return offer_worker(request, rows=rows, ask_url=ask_url, back_url=back_url)
    try:
        file = written(kind, _head(form), [_table(search)], most=settings.EXPORT_MOST_ROWS)
    except ShopError as refused:
        return refuse(request.user.pk, JOURNAL, sought, refused)
    note(request.user.pk, "export.downloaded", JOURNAL, {**sought, "rows": file.rows, "sha256": file.digest})
    return sent_file(file.body, CONTENT_TYPES[kind], f"journal.{kind}")


@require_POST
@require_whole_shop(*READERS)
def journal_export_ask(request: ScopedRequest, kind: str) -> HttpResponse:
    """Ask the worker for the file, and lead to the page that shows how far it is."""
    form = _asked_form(request, kind)
    if not form.is_valid():
        return _bad(form)
    rows = entries(form.search(request.scope)).order_by()[: settings.EXPORT_MOST_ROWS + 1].count()
    query = {name: value for name in form.fields if (value := request.GET.get(name, "").strip())}
    wish = Wish(JOURNAL, kind, JOURNAL, f"journal-{clock.today():%Y%m%d}.{kind}", query, rows)
    try:
        return asked(request, READERS, wish)
    except ShopError as refused:
        return refuse(request.user.pk, JOURNAL, _sought(form, kind), refused)


def journal_content(scope: Scope, kind: str, query: Query) -> Content:
    """Return the journal's file for the worker; nothing to who does not see the whole shop."""
    form = JournalForm(query)
    search = form.search(scope)
    found = entries(search) if scope.everything else entries(search).none()
    table = _table(search) if scope.everything else replace(_table(search), rows=[])
    return content_of(kind, _head(form), [table], found.order_by().count())


def _asked_form(request: ScopedRequest, kind: str) -> JournalForm:
    if kind not in CONTENT_TYPES:
        raise Http404
    return JournalForm(request.GET)


def _bad(form: JournalForm) -> HttpResponse:
    texts = [str(error) for errors in form.errors.values() for error in errors]
    return HttpResponse("\n".join(texts), status=400, content_type="text/plain; charset=utf-8")


def _head(form: JournalForm) -> list[tuple[str, str]]:
    head = [(_("Journal"), ""), (_("Cut-off"), f"{clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")]
    return head + [(str(field.label), str(field.value())) for field in form if field.value()]


def _sought(form: JournalForm, kind: str) -> dict[str, str]:
    """Return the filters as the journal keeps them: not the name or number of a person."""
    sought = {name: str(value) for name, value in form.cleaned_data.items() if value and name != "who"}
    return sought | {"file": kind}


def _table(search: Search) -> Table:
    names = (
        _("Time"),
        _("Who"),
        _("Action"),
        _("Object"),
        _("Number of the object"),
        _("Before"),
        _("After"),
        _("Reason"),
    )
    return Table("journal", _("Journal"), [(name, False) for name in names], _cells(search))


def _cells(search: Search) -> Iterator[list[Cell]]:
    """Yield a line for each entry; names are looked up by the hundred."""
    chunk: list[Any] = []
    for entry in all_entries(search, settings.EXPORT_MOST_ROWS):
        chunk.append(entry)
        if len(chunk) == _CHUNK:
            yield from map(_line, journal_rows(chunk))
            chunk = []
    yield from map(_line, journal_rows(chunk))


def _line(row: JournalRow) -> list[Cell]:
    before = "; ".join(f"{change.name}: {change.before}" for change in row.changes if change.before)
    after = "; ".join(f"{change.name}: {change.after}" for change in row.changes if change.after)
    at = row.at.astimezone(SHANGHAI)
    texts = (
        f"{at:%Y-%m-%d %H:%M:%S}",
        row.who,
        row.action_name,
        row.object_name,
        row.object_key,
        before,
        after,
        row.reason,
    )
    return [Cell(text) for text in texts]


def _number(typed: str) -> int:
    """Return the number to go on from; nonsense begins at the newest."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
