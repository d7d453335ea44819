"""The staff's pages of suppliers: their papers, and the times in which they may not sell."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.fulfilment.models import SupplierOrder, SupplierOrderState
from shop.fulfilment.selectors import parcels_on_their_way
from shop.fulfilment.suspended import OPEN_STATES, orders_held_by_suspension, ship_anyway
from shop.gateways.services import cut_goods_now
from shop.operations.admission import paper_acts, posted_pk, run
from shop.ordering.cuts import stuck_cuts
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import unpaid_orders_of
from shop.ordering.services import leave_cut
from shop.ordering.status import CloseReason, CutState
from shop.suppliers import selectors, services
from shop.suppliers.admission_models import DocumentState, UnpaidOrders
from shop.suppliers.forms import IdentityForm, PaperForSupplierForm
from shop.suppliers.models import Supplier, SupplierState
from shop.suppliers.papers import shown_papers

REASON_LENGTH = 200
QUERY_LENGTH = 60
#: Orders shown of each kind; the number beside them counts all.
SHOWN = 50
TABS = ("to_check", "ending", "suspended")


@require_GET
@require_whole_shop(Role.STAFF)
def suppliers(request: ScopedRequest) -> HttpResponse:
    """All suppliers: those with papers to check, with papers that end, those that may not sell."""
    tab, query = request.GET.get("tab", ""), request.GET.get("q", "").strip()[:QUERY_LENGTH]
    found = _with_counts(selectors.suppliers(request.scope))
    if query:
        found = found.filter(Q(name_zh__icontains=query) | Q(code__icontains=query))
    filters = {
        "to_check": Q(to_check__gt=0),
        "ending": Q(ending__gt=0),
        "suspended": Q(state=SupplierState.SUSPENDED),
    }
    tab = tab if tab in filters else ""
    context = {
        "tab": tab,
        "q": query,
        "page_obj": page_of(request, found.filter(filters[tab]) if tab else found),
        "page_query": urlencode({name: value for name, value in (("tab", tab), ("q", query)) if value}),
    }
    return render(request, "shop/operations/suppliers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(Role.STAFF)
def supplier(request: ScopedRequest, code: str) -> HttpResponse:
    """One supplier with papers, suspensions and what became of its open orders; a POST says what in `act`."""
    found = _found(request, code)
    if request.method == "POST":
        return _act(request, found)
    return _page(request, found, PaperForSupplierForm())


@require_POST
@require_whole_shop(Role.STAFF)
def supplier_paper(request: ScopedRequest, code: str) -> HttpResponse:
    """Store a paper for a supplier that reached the shop another way; somebody else checks it."""
    found = _found(request, code)
    form = PaperForSupplierForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.upload_for_supplier(
                upload=form.cleaned_data["file"],
                paper=form.paper(),
                supplier_code=code,
                reason=form.cleaned_data["reason"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Stored for the supplier. Another person has to check it."))
            return redirect(reverse("operations:supplier", args=[code]) + "#papers")
    return _page(request, found, form)


@require_POST
@require_whole_shop(Role.STAFF)
def supplier_identity(request: ScopedRequest, code: str) -> HttpResponse:
    """Keep who the supplier is, as its licence says."""
    found = _found(request, code)
    form = IdentityForm(request.POST)
    if form.is_valid():
        try:
            services.save_identity(code=code, draft=form.identity(), actor_id=request.user.pk)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect(reverse("operations:supplier", args=[code]) + "#identity")
    return _page(request, found, PaperForSupplierForm(), form)


def _found(request: ScopedRequest, code: str) -> Supplier:
    found = selectors.suppliers(request.scope).select_related("region", "township", "identity")
    supplier = found.filter(code=code).first()
    if supplier is None:
        raise Http404
    return supplier


def _page(
    request: ScopedRequest,
    found: Supplier,
    form: PaperForSupplierForm,
    identity_form: IdentityForm | None = None,
) -> HttpResponse:
    known = getattr(found, "identity", None)
    if identity_form is None:
        names = IdentityForm.base_fields
        identity_form = IdentityForm(
            initial={name: getattr(known, name) for name in names} if known else None
        )
    papers = found.documents.select_related("file").order_by("kind", "-uploaded_at", "-pk")
    context = {
        "supplier": found,
        "papers": shown_papers(papers, user_id=request.user.pk),
        "form": form,
        "identity": known,
        "identity_form": identity_form,
        "suspensions": found.suspensions.all()[:SHOWN],
        "unpaid_choices": UnpaidOrders.choices,
        "now": clock.now(),
        **_open_orders(request, found),
    }
    return render(
        request,
        "shop/operations/supplier.html",
        context,
        status=422 if form.errors or identity_form.errors else 200,
    )


def _with_counts(found: QuerySet[Supplier]) -> QuerySet[Supplier]:
    ending = Q(documents__state=DocumentState.VERIFIED, documents__reminded_at__isnull=False)
    return found.annotate(
        to_check=Count("documents", filter=Q(documents__state=DocumentState.UPLOADED), distinct=True),
        ending=Count("documents", filter=ending, distinct=True),
    )


def _open_orders(request: ScopedRequest, found: Supplier) -> dict[str, Any]:
    """Return the supplier's open orders by what becomes of them. A fixed number of queries."""
    unpaid = OrderRecord.objects.filter(pk__in=unpaid_orders_of(found.code)).order_by("pk")
    unshipped = SupplierOrder.objects.filter(supplier=found, state__in=OPEN_STATES)
    held = orders_held_by_suspension(request.scope).filter(supplier=found)
    let_go = unshipped.filter(ship_anyway_at__isnull=False).select_related("record").order_by("pk")
    suspension = selectors.open_suspension(found)
    closed = reduced = OrderRecord.objects.none()
    if suspension is not None:
        reduced = OrderRecord.objects.filter(
            supplier_cuts__suspension=suspension, supplier_cuts__state=CutState.CUT
        ).exclude(close_reason=CloseReason.SUPPLIER)
        closed = OrderRecord.objects.filter(
            shares__supplier=found, close_reason=CloseReason.SUPPLIER, placed_at__lte=suspension.suspended_at
        ).distinct()
    return {
        "suspension": suspension,
        "unpaid": unpaid[:SHOWN],
        "unpaid_count": unpaid.count(),
        "unshipped_count": unshipped.count(),
        "held": held[:SHOWN],
        "held_count": held.count(),
        "let_go": let_go[:SHOWN],
        "closed": closed.order_by("-pk")[:SHOWN],
        "reduced": reduced.order_by("-pk")[:SHOWN],
        "stuck": stuck_cuts(request.scope).filter(suspension__supplier=found)[:SHOWN],
        "on_their_way": parcels_on_their_way(request.scope).filter(supplier_order__supplier=found).count(),
    }


def _act(request: ScopedRequest, found: Supplier) -> HttpResponse:
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")[: REASON_LENGTH + 1]
    pk, actor_id = posted_pk(request), request.user.pk
    unpaid = request.POST.get("unpaid_orders", "")
    unpaid = unpaid if unpaid in UnpaidOrders.values else UnpaidOrders.CLOSE
    acts = {
        "suspend": (
            lambda: services.suspend_supplier(
                code=found.code,
                on=clock.today(),
                reason=reason,
                actor_id=actor_id,
                unpaid_orders=unpaid,
            ),
            _("Suspended: its goods are off the shop."),
        ),
        "lift": (
            lambda: services.lift_suspension(code=found.code, reason=reason, actor_id=actor_id),
            _("It may sell again: its goods are back in the shop."),
        ),
        **paper_acts(request, found.documents.filter(pk=pk).first()),
    }
    if (
        SupplierOrder.objects.filter(supplier=found, pk=pk)
        .exclude(state=SupplierOrderState.CANCELLED)
        .exists()
    ):
        acts["ship_anyway"] = (
            lambda: ship_anyway(supplier_order_id=pk, reason=reason, actor_id=actor_id),
            _("The order may be shipped."),
        )
    if act == "cut_now" and _stuck(found, pk):
        _cut_now(request, pk)
    elif act == "leave" and _stuck(found, pk):
        run(
            request,
            lambda: leave_cut(cut_id=pk, reason=reason, actor_id=actor_id),
            _("The order stays as it is; once it is paid, this supplier's part is held."),
        )
    elif act in acts:
        run(request, *acts[act])
    else:
        raise Http404
    return redirect("operations:supplier", code=found.code)


def _stuck(found: Supplier, pk: int) -> bool:
    return stuck_cuts(SYSTEM).filter(suspension__supplier=found, pk=pk).exists()


def _cut_now(request: ScopedRequest, pk: int) -> None:
    """Take the supplier's goods off an order that waited for a person, and say what became of it."""
    try:
        done = cut_goods_now(cut_id=pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        off = _("The goods are taken off and the buyer is told.")
        messages.success(
            request, off if done else _("Nothing was taken off: the order has changed meanwhile.")
        )
