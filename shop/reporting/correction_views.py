"""The pages on which staff put the ledger right: corrections by two people, and the queue of the register."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop, roles_of
from shop.accounts.models import Role
from shop.accounts.selectors import names_of as names_of_people
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.files.links import shown
from shop.ledger.corrections import correctable_sources, decide_correction, request_correction
from shop.ledger.evidence import facts_of, record_evidence
from shop.ledger.fact_models import CollisionState, Correction, CorrectionState, EvidenceKind
from shop.ledger.grading import grades_of
from shop.ledger.register import collisions, decide_collision
from shop.reporting.correction_forms import (
    CollisionForm,
    CorrectionForm,
    DecisionForm,
    EvidenceForm,
    OrderForm,
)
from shop.reporting.month_tables import DIMENSION_NAMES
from shop.reporting.month_views import READERS
from shop.reporting.months import names_of

#: Who may ask for a correction and decide one that somebody else asked for.
WRITERS = (Role.STAFF, Role.FINANCE)
#: What claims a number, by the first word of its owner.
OWNERS = {
    "parcel": gettext_lazy("Parcel"),
    "payment": gettext_lazy("Payment"),
    "invoice": gettext_lazy("Invoice"),
}


@require_GET
@require_whole_shop(*READERS)
def corrections(request: ScopedRequest) -> HttpResponse:
    """List the corrections, those that wait for another person first."""
    rows = Correction.objects.order_by("-state", "-pk")
    page = page_of(request, rows)
    context = {
        "page_obj": page,
        "people": names_of_people({row.requested_by for row in page} | {row.decided_by for row in page}),
        "may_write": bool(roles_of(request.user).intersection(WRITERS)),
    }
    return render(request, "shop/reporting/corrections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(*WRITERS)
def correction_new(request: ScopedRequest) -> HttpResponse:
    """Find an order, then say what of one of its lines is wrong."""
    order_form = OrderForm(request.GET if "order" in request.GET else None)
    number = order_form.cleaned_data["order"].strip() if order_form.is_valid() else ""
    sources = correctable_sources(number) if number else []
    if number and not sources:
        order_form.add_error("order", _("The ledger has no paid line of this order."))
    form = None
    if sources:
        sent = request.method == "POST"
        form = CorrectionForm(
            request.POST if sent else None, request.FILES if sent else None, sources=sources
        )
        if sent and form.is_valid():
            try:
                found = _request(request, number, form)
            except ShopError as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("Asked for. Another person decides it now."))
                return redirect("reporting:correction", number=found.number)
    failed = bool(order_form.errors or (form and form.errors))
    context = {"order_form": order_form, "form": form, "number": number}
    return render(request, "shop/reporting/correction_new.html", context, status=422 if failed else 200)


def _request(request: ScopedRequest, number: str, form: CorrectionForm) -> Correction:
    data = form.cleaned_data
    return request_correction(
        order_number=number,
        source_key=data["source"],
        facts=form.facts,
        reason=data["reason"],
        note=data["note"],
        upload=data["attachment"],
        actor_id=request.user.pk,
    )


@require_GET
@require_whole_shop(*READERS)
def correction(request: ScopedRequest, number: str) -> HttpResponse:
    """Show a correction: what the ledger says, what it would say, why, and the paper."""
    found = get_object_or_404(Correction.objects.select_related("attachment"), number=number)
    return render(request, "shop/reporting/correction.html", _context(request, found, DecisionForm()))


def _context(request: ScopedRequest, found: Correction, form: DecisionForm) -> dict[str, Any]:
    waits = found.state == CorrectionState.REQUESTED
    is_writer = bool(roles_of(request.user).intersection(WRITERS))
    return {
        "correction": found,
        "changes": [_change(name, found.before.get(name, ""), value) for name, value in found.facts.items()],
        "files": shown([found.attachment], user_id=request.user.pk),
        "people": names_of_people([found.requested_by, found.decided_by]),
        "may_decide": waits and is_writer and found.requested_by != request.user.pk,
        "form": form,
    }


def _change(name: str, before: str, after: str) -> tuple[str | Promise, str, str]:
    names = names_of(name, [before, after])
    return DIMENSION_NAMES[name], *(str(names.get(code, code)) or "–" for code in (before, after))  # type: ignore[return-value]


@require_POST
@require_whole_shop(*WRITERS)
def correction_decide(request: ScopedRequest, number: str) -> HttpResponse:
    """Approve or refuse: `act` is approve or refuse."""
    found = get_object_or_404(Correction.objects.select_related("attachment"), number=number)
    form, act = DecisionForm(request.POST), request.POST.get("act", "")
    if act not in ("approve", "refuse"):
        raise Http404
    if form.is_valid():
        try:
            decide_correction(
                number=number,
                approve=act == "approve",
                note=form.cleaned_data["note"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Decided. An approved correction is in the ledger within a minute."))
            return redirect("reporting:correction", number=number)
    return render(request, "shop/reporting/correction.html", _context(request, found, form), status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(*READERS)
def evidence(request: ScopedRequest) -> HttpResponse:
    """Find an order, see what proves its money and of which grade it is; write down a fact."""
    may_write = bool(roles_of(request.user).intersection(WRITERS))
    if request.method == "POST" and not may_write:
        raise Http404
    order_form = OrderForm(request.GET if "order" in request.GET else None)
    number = order_form.cleaned_data["order"].strip() if order_form.is_valid() else ""
    grades = grades_of(number) if number else {}
    form = EvidenceForm(request.POST if request.method == "POST" else None, payments=grades)
    if number and form.is_bound and form.is_valid():
        try:
            record_evidence(order_number=number, **_evidence(form), actor_id=request.user.pk)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Written down. The ledger follows within a minute."))
            return redirect(f"{reverse('reporting:evidence')}?{urlencode({'order': number})}")
    page = page_of(request, facts_of(number))
    context = {
        "order_form": order_form,
        "number": number,
        "grades": grades,
        "page_obj": page,
        "page_query": urlencode({"order": number}),
        "people": names_of_people(fact.recorded_by for fact in page),
        "form": form if may_write and number else None,
    }
    failed = bool(order_form.errors or form.errors)
    return render(request, "shop/reporting/evidence.html", context, status=422 if failed else 200)


def _evidence(form: EvidenceForm) -> dict[str, Any]:
    data = form.cleaned_data
    return {name: data[name] for name in ("payment_key", "holds", "reference", "reason")} | {
        "kind": EvidenceKind(data["kind"])
    }


@require_GET
@require_whole_shop(*READERS)
def register_page(request: ScopedRequest) -> HttpResponse:
    """Show the queue of second claims on foreign keys."""
    page = page_of(request, collisions(request.scope))
    context = {
        "page_obj": page,
        "people": names_of_people(row.decided_by for row in page),
        "owners": {owner: _owner(owner) for row in page for owner in (row.owner, row.key.owner)},
        "may_write": bool(roles_of(request.user).intersection(WRITERS)),
        "open": CollisionState.OPEN,
    }
    return render(request, "shop/reporting/register.html", context)


def _owner(owner: str) -> str:
    """Return in words what claims a number, such as parcel:17."""
    kind, _colon, key = owner.partition(":")
    return f"{OWNERS[kind]} {key}" if kind in OWNERS else owner


@require_POST
@require_whole_shop(*WRITERS)
def collision_decide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Say of a second claim whether both are right (`separate`) or it is refused (`same`)."""
    act = request.POST.get("act", "")
    if act not in (CollisionState.SEPARATE, CollisionState.SAME):
        raise Http404
    form = CollisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a reason; it stands in the journal."))
        return redirect("reporting:register")
    try:
        decide_collision(
            collision_id=pk,
            separate=act == CollisionState.SEPARATE,
            reason=form.cleaned_data["reason"],
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Decided."))
    return redirect("reporting:register")
