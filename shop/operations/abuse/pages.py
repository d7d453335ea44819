"""The staff's queue of signs of abuse: filtered, one with its evidence, judged by two people, and as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST, require_safe

from shop.accounts.access import ScopedRequest, require_whole_shop, roles_of
from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.operations.abuse import judging
from shop.operations.abuse.evidence import more_rows, rows_of, says
from shop.operations.abuse.selectors import findings
from shop.operations.abuse_models import AbuseFinding, AbuseKind, AbuseState, Verdict
from shop.reporting.exports import CONTENT_TYPES, written
from shop.reporting.sending import note, refuse, sent_file
from shop.reporting.tables import Cell, Table, money

NAME = "abuse"
readers = require_whole_shop(Role.STAFF, Role.FINANCE, Role.AUDITOR)
#: What there is to search for, at the most.
_LONGEST = 80


class JudgeForm(forms.Form):
    """What it is, and why."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=Verdict.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("What you looked at, and what follows from it. It stands in the journal."),
        widget=forms.Textarea({"rows": 3}),
    )


class LookForm(forms.Form):
    """Why a judgement is sent back; to agree needs no words."""

    reason = forms.CharField(label=gettext_lazy("Why it is sent back"), max_length=300, required=False)


@dataclass(frozen=True)
class _Asked:
    """Which findings an address asks for: state, kind and words; nonsense asks for what is open."""

    state: str
    kind: str
    words: str

    @classmethod
    def of(cls, request: HttpRequest) -> "_Asked":
        state, kind = request.GET.get("state", AbuseState.OPEN), request.GET.get("kind", "")
        return cls(
            state if state in (*AbuseState.values, "all") else AbuseState.OPEN,
            kind if kind in AbuseKind.values else "",
            request.GET.get("q", "").replace("\x00", "").strip()[:_LONGEST],
        )

    def matching(self, found: QuerySet[AbuseFinding]) -> QuerySet[AbuseFinding]:
        """Return the findings of the kind and the words, whatever their state."""
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.words:
            names = (
                "reference",
                "organisation__name",
                "organisation__code",
                "supplier__name_zh",
                "supplier__code",
            )
            wanted = Q()
            for name in names:
                wanted |= Q(**{f"{name}__icontains": self.words})
            found = found.filter(wanted)
        return found

    def rows(self, found: QuerySet[AbuseFinding]) -> QuerySet[AbuseFinding]:
        """Return the findings that are asked for."""
        found = self.matching(found)
        return found if self.state == "all" else found.filter(state=self.state)

    def query(self, **changed: str) -> str:
        """Return the address's query with some of it changed."""
        asked = {"state": self.state, "kind": self.kind, "q": self.words} | changed
        return urlencode({name: value for name, value in asked.items() if value})


@require_safe
@readers
def abuse(request: ScopedRequest) -> HttpResponse:
    """What the worker found, by state and kind, the latest first, with how many there are of each."""
    asked = _Asked.of(request)
    found = findings(request.scope)
    states = dict(asked.matching(found).order_by().values_list("state").annotate(findings=Count("pk")))
    page = page_of(request, asked.rows(found), count=_count(states, asked.state))
    context = {
        "asked": asked,
        "tabs": [
            (asked.query(state=state), name, states.get(state, 0), state == asked.state)
            for state, name in AbuseState.choices
        ]
        + [(asked.query(state="all"), pgettext("abuse", "All"), sum(states.values()), asked.state == "all")],
        "kinds": [(asked.query(kind=""), pgettext("abuse", "Every sign"), not asked.kind)]
        + [(asked.query(kind=kind), name, kind == asked.kind) for kind, name in AbuseKind.choices],
        "rows": [{"finding": one, "says": says(one)} for one in page],
        "page_obj": page,
        "query": asked.query(),
    }
    return render(request, "shop/operations/abuse.html", context)


def _count(states: Mapping[str, int], state: str) -> int:
    return sum(states.values()) if state == "all" else states.get(state, 0)


@require_safe
@readers
def finding(request: ScopedRequest, pk: int) -> HttpResponse:
    """One finding with its evidence; staff judge it, another of them agrees or sends it back."""
    found = get_object_or_404(findings(request.scope), pk=pk)
    return _shown(request, found, JudgeForm(), LookForm())


@require_POST
@require_whole_shop(Role.STAFF)
def decide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Judge a finding, agree to a judgement, or send it back; `act` says which."""
    found = get_object_or_404(findings(request.scope), pk=pk)
    act, actor_id = request.POST.get("act", ""), request.user.pk
    judge = JudgeForm(request.POST if act == "judge" else None)
    look = LookForm(request.POST if act in ("confirm", "return") else None)
    form: forms.Form | None = judge if judge.is_bound else look if look.is_bound else None
    if form is None:
        raise Http404
    if form.is_valid():
        data = form.cleaned_data
        try:
            if act == "judge":
                judging.judge_finding(finding_id=pk, actor_id=actor_id, **data)
                told = _("Noted. It is closed when another person agrees.")
            elif act == "confirm":
                judging.confirm_finding(finding_id=pk, actor_id=actor_id)
                told = _("Closed.")
            else:
                judging.return_finding(finding_id=pk, reason=data["reason"], actor_id=actor_id)
                told = _("Sent back to be looked at anew.")
        except ShopError as refused:
            add_refusal(form, refused)
            found.refresh_from_db()
        else:
            messages.success(request, told)
            return redirect("operations:abuse_finding", pk=pk)
    return _shown(request, found, judge, look)


def _shown(request: ScopedRequest, found: AbuseFinding, judge: JudgeForm, look: LookForm) -> HttpResponse:
    may_write = Role.STAFF in roles_of(request.user)
    context = {
        "finding": found,
        "says": says(found),
        "evidence": rows_of(found),
        "more": more_rows(found),
        "people": names_of(one for one in (found.judged_by, found.seen_by) if one),
        "may_judge": may_write and found.state == AbuseState.OPEN,
        "may_look": may_write and found.state == AbuseState.JUDGED,
        "is_own": found.judged_by == request.user.pk,
        "judge_form": judge,
        "look_form": look,
    }
    status = 422 if judge.errors or look.errors else 200
    return render(request, "shop/operations/abuse_finding.html", context, status=status)


@require_safe
@readers
def export(request: ScopedRequest, kind: str) -> HttpResponse:
    """Send what the address asks for as a file; the journal tells who took it."""
    if kind not in CONTENT_TYPES:
        raise Http404
    wanted, actor_id = _Asked.of(request), request.user.pk
    asked = {"kind": kind, "query": wanted.query()}
    try:
        table = _table(wanted.rows(findings(request.scope)))
        file = written(kind, _head(), [table], most=settings.EXPORT_MOST_ROWS)
    except ShopError as refused:
        return refuse(actor_id, NAME, asked, refused)
    note(actor_id, "export.downloaded", NAME, {**asked, "rows": file.rows, "sha256": file.digest})
    return sent_file(file.body, CONTENT_TYPES[kind], f"{NAME}-{clock.today():%Y%m%d}.{kind}")


def _head() -> list[tuple[str, str]]:
    return [
        (_("Cut-off"), f"{clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"),
        (_("Kind of data"), _("Demonstration data") if settings.SHOP_DEMO else _("Real data")),
    ]


def _table(rows: QuerySet[AbuseFinding]) -> Table:
    columns = [
        (pgettext("abuse", "Sign"), False),
        (pgettext("abuse", "What was found"), False),
        (_("Order, request or payment"), False),
        (_("Unit"), False),
        (_("Supplier"), False),
        (_("Happened on"), False),
        (_("Found on"), False),
        (_("State"), False),
        (_("What it is"), False),
        (_("Reason"), False),
        (_("Amount, yuan"), True),
    ]
    cells = [_cells(one) for one in rows[: settings.EXPORT_MOST_ROWS + 1]]
    return Table(NAME, _("Signs of abuse"), columns, cells)


def _cells(one: AbuseFinding) -> list[Cell]:
    return [
        Cell(one.get_kind_display()),
        Cell(says(one)),
        Cell(one.reference),
        Cell(one.organisation.name if one.organisation else ""),
        Cell(one.supplier.name_zh if one.supplier else ""),
        Cell(day=clock.local_date(one.happened_at)),
        Cell(day=clock.local_date(one.found_at)),
        Cell(one.get_state_display()),
        Cell(one.get_verdict_display()),
        Cell(one.reason),
        money(one.fen),
    ]
