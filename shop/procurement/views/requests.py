"""A unit's requests: the list, the pad of a draft, delivery, submission, decision."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.listings.presentation import shown_cards
from shop.listings.selectors import search_ids
from shop.procurement import selectors, services
from shop.procurement.access import acting_as, holds, my_request, unit_page
from shop.procurement.budget_services import tie_to_plan
from shop.procurement.budgets import plans_to_choose
from shop.procurement.drafts import lines_of
from shop.procurement.forms import AddForm, DecisionForm, DeliveryForm, UploadForm
from shop.procurement.models import PayBy, PurchaseRequest, RequestState
from shop.procurement.pages import draft_context, review_context, submitted_context
from shop.procurement.terms import terms_offer, ways_to_pay
from shop.procurement.uploads import whole

PAGE_SIZE = 20
FOUND = 12


@require_safe
@unit_page
def requests(request: ScopedRequest) -> HttpResponse:
    """The requests of the unit that the visitor acts for, by state."""
    state = request.GET.get("state", "")
    state = state if state in RequestState.values else ""
    found = selectors.requests(request.scope)
    page = Paginator(found.filter(state=state) if state else found, PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    rows = list(page.object_list)
    counts = selectors.states_asked(request.scope).alone()
    sizes = selectors.request_lines([row.pk for row in rows])
    context = {
        "active_tab": "requests",
        "tabs": [
            {"code": "", "name": _("All"), "count": sum(counts.values())},
            *({"code": code, "name": name, "count": counts[code]} for code, name in RequestState.choices),
        ],
        "state": state,
        "rows": [{"request": row, "kinds": sizes[row.pk][0], "units": sizes[row.pk][1]} for row in rows],
        "page_obj": page,
        "query": f"state={state}" if state else "",
        "units": _units_to_buy_for(request),
    }
    return render(request, "shop/procurement/requests.html", context)


@require_POST
@unit_page
def new(request: ScopedRequest) -> HttpResponse:
    """Open a draft for the unit that the visitor acts for, which the button names: another tab may have changed it."""
    units = _units_to_buy_for(request)
    wanted = request.POST.get("unit") or units.values_list("code", flat=True).first() or ""
    unit = get_object_or_404(units, code=wanted)
    try:
        draft = services.create_request(organisation_id=unit.pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("procurement:requests")
    return redirect("procurement:request", number=draft.number)


def _units_to_buy_for(request: ScopedRequest) -> Any:
    return selectors.verified_units(acting_as(request, Role.BUYER))


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def request_page(request: ScopedRequest, number: str) -> HttpResponse:
    """A request: its buyer's pad while it is a draft, what was submitted from then on."""
    found = my_request(request, number)
    can_buy = holds(request, Role.BUYER, found.organisation)
    if found.state != RequestState.DRAFT or not can_buy:
        if request.method == "POST":
            messages.error(request, _("This request can no longer be changed."))
            return redirect("procurement:request", number=number)
        context = submitted_context(found, request.user.pk, page=request.GET.get("page", ""))
        context |= {"can_buy": can_buy, "form": DecisionForm()}
        return render(request, "shop/procurement/request.html", context | {"active_tab": "requests"})
    errors = _save_units(request, found) if request.method == "POST" else {}
    if request.method == "POST" and not errors:
        if "next" in request.POST:
            return redirect("procurement:delivery", number=number)
        return redirect(_pad_page(request))
    typed = request.POST if errors else None
    context = draft_context(found, typed=typed, errors=errors, page=request.GET.get("page", ""))
    context |= {"active_tab": "requests", "upload_form": UploadForm(), "add_form": AddForm()}
    return render(request, "shop/procurement/draft.html", context, status=422 if errors else 200)


def _pad_page(request: ScopedRequest) -> str:
    """Return the address of the pad at the goods that were looked at."""
    page = request.GET.get("page", "")
    return f"{request.path}?page={page}" if page.isascii() and page.isdigit() else request.path


def _save_units(request: ScopedRequest, found: PurchaseRequest) -> dict[int, str]:
    """Save the typed quantities; with one that is no whole number nothing is saved and each is named."""
    wanted: dict[int, int] = {}
    errors: dict[int, str] = {}
    for product_id in lines_of(found):
        text = request.POST.get(f"units_{product_id}", "")
        units = whole(text)
        if request.POST.get("remove") == str(product_id):
            wanted[product_id] = 0
        elif text and (units is None or units < 0):
            errors[product_id] = _("“%(text)s” is not a whole number.") % {"text": text[:20]}
        elif text and units is not None:
            wanted[product_id] = units
    if errors:
        return errors
    try:
        services.save_quantities(request_id=found.pk, quantities=wanted, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    return {}


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def add(request: ScopedRequest, number: str) -> HttpResponse:
    """Find goods by word, pinyin or SKU and put units of them into the draft."""
    found = my_request(request, number)
    words = request.GET.get("q", "").strip()[:60]
    form = AddForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            checked = services.add_goods(request_id=found.pk, actor_id=request.user.pk, **form.cleaned_data)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            good = checked.good[0]
            text = _("Added: %(units)d × %(product)s.") % {"units": good.quantity, "product": good.title}
            messages.success(request, text)
            back = f"{reverse('procurement:add', args=[number])}?q={words}" if words else ""
            return redirect(back or reverse("procurement:request", args=[number]))
    context = {
        "active_tab": "requests",
        "request_row": found,
        "form": form,
        "words": words,
        "cards": shown_cards(search_ids(words)[:FOUND]) if words else [],
        "held": lines_of(found),
    }
    return render(request, "shop/procurement/add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def delivery(request: ScopedRequest, number: str) -> HttpResponse:
    """Where the goods go, and how they are paid: on terms only where they stand."""
    found = my_request(request, number)
    offer = terms_offer(found.organisation)
    posted = request.POST if request.method == "POST" else None
    plans = plans_to_choose(found.organisation_id, found.plan_id)
    form = DeliveryForm(posted, request=found, ways=ways_to_pay(found, offer), plans=plans)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            tie_to_plan(request_id=found.pk, plan_id=data["plan"], actor_id=request.user.pk)
            services.save_delivery(
                request_id=found.pk,
                recipient=form.recipient(),
                pay_by=PayBy(data["pay_by"]),
                message=data["message"],
                purpose=data["purpose"],
                invoice=form.invoice(),
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            return redirect("procurement:submit", number=number)
    context = {
        "active_tab": "requests",
        "request_row": found,
        "form": form,
        "offer": offer,
        "plans": plans,
        "areas_url": reverse("checkout:areas"),
    }
    return render(request, "shop/procurement/delivery.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def submit(request: ScopedRequest, number: str) -> HttpResponse:
    """Show the whole sum with freight once more, then hand the request over for approval."""
    found = my_request(request, number)
    if found.state != RequestState.DRAFT:
        return redirect("procurement:request", number=number)
    if not found.recipient_name:
        return redirect("procurement:delivery", number=number)
    refusal = missing = ""
    if request.method == "POST":
        try:
            services.submit_request(
                request_id=found.pk,
                digest=request.POST.get("digest", ""),
                reasons={product: request.POST.get(f"reason_{product}", "") for product in lines_of(found)},
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            refusal, missing = str(refused), refused.field
        else:
            messages.success(request, _("Submitted. An approver of your unit decides now."))
            return redirect("procurement:request", number=number)
    context = review_context(found, request.POST, page=request.GET.get("page", ""))
    context |= {"active_tab": "requests", "refusal": refusal, "missing": missing}
    return render(request, "shop/procurement/submit.html", context, status=409 if refusal else 200)


@require_POST
@unit_page
def decide(request: ScopedRequest, number: str) -> HttpResponse:
    """Approve, which places the order, or reject with a note."""
    found = my_request(request, number)
    form = DecisionForm(request.POST)
    try:
        if not form.is_valid():
            messages.error(request, _("Choose to approve or to reject; a note has at most 200 characters."))
        elif form.cleaned_data["decision"] == "reject":
            services.reject_request(
                request_id=found.pk, note=form.cleaned_data["note"], actor_id=request.user.pk
            )
            messages.success(request, _("Rejected. The buyer sees your note."))
        else:
            return _approve(request, found, form.cleaned_data)
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect("procurement:request", number=number)


def _approve(request: ScopedRequest, found: PurchaseRequest, data: dict[str, Any]) -> HttpResponse:
    decision = services.approve_request(
        request_id=found.pk, seen=data["seen"], note=data["note"], actor_id=request.user.pk
    )
    if decision.record is not None:
        messages.success(
            request, _("Approved: order %(number)s is placed.") % {"number": decision.record.number}
        )
        return redirect("procurement:order", number=decision.record.number)
    if decision.steps_left:
        left = ngettext(
            "Approved. %(number)d more approval is needed before the order is placed.",
            "Approved. %(number)d more approvals are needed before the order is placed.",
            decision.steps_left,
        )
        messages.success(request, left % {"number": decision.steps_left})
        return redirect("procurement:request", number=found.number)
    changed = ngettext(
        "%(number)d thing has changed since the request was submitted. It went back to the buyer.",
        "%(number)d things have changed since the request was submitted. It went back to the buyer.",
        len(decision.changes),
    )
    messages.warning(request, changed % {"number": len(decision.changes)})
    return redirect("procurement:request", number=found.number)


@require_POST
@unit_page
def reopen(request: ScopedRequest, number: str) -> HttpResponse:
    """Take a submitted or rejected request back into the draft."""
    return _step(request, number, services.reopen_request, _("The request is a draft again."))


@require_POST
@unit_page
def cancel(request: ScopedRequest, number: str) -> HttpResponse:
    """Give a request up."""
    return _step(request, number, services.cancel_request, _("The request is withdrawn."))


def _step(request: ScopedRequest, number: str, act: Any, done: str) -> HttpResponse:
    found = my_request(request, number)
    try:
        act(request_id=found.pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("procurement:request", number=number)
