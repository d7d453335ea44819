"""Count what has arrived on a phone, and read, approve or withdraw the report of it."""

from collections.abc import Sequence
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.selectors import counted_parcels
from shop.ordering.models import OrderRecord
from shop.procurement import selectors, services
from shop.procurement.acceptance_forms import LINES, AcceptanceForm, counted_lines
from shop.procurement.acceptance_pages import (
    only_part,
    part_named,
    parts_context,
    report_context,
    supplier_orders,
    title_of,
)
from shop.procurement.access import holds_one, my_goods, my_report, unit_page
from shop.procurement.members import MAY_REPORT, may_approve_report
from shop.procurement.standing import Part, standing_of


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def accept(request: ScopedRequest, number: str) -> HttpResponse:
    """Choose a supplier or a parcel, then count its good, missing and damaged units and add photos."""
    record = my_goods(request, number)
    key = request.GET.get("part", "")
    part = part_named(record, key)
    if part is None:
        orders = list(supplier_orders(record))
        part = None if key == "all" else only_part(record, orders)
        if part is None:
            return _choose(request, record, orders)
    standing = standing_of(record, part)
    page = page_of(request, [line for line in standing if line.to_report], size=LINES)
    if request.method != "POST":
        initial = {"form_key": uuid4().hex, "signer": request.user.get_full_name()}
        return _count(
            request, record, page, AcceptanceForm(standing=list(page.object_list), part=part, initial=initial)
        )
    sent = request.POST.get("form_key", "")
    known = selectors.acceptance_reports(request.scope).filter(record=record, form_key=sent).first()
    if sent and known is not None:
        # The same form once more, by a double tap or a lost answer.
        return redirect("procurement:report", number=known.number)
    # A line that was counted elsewhere meanwhile is refused by its own name, and none is dropped in silence.
    lines = counted_lines(request.POST, standing) or list(page.object_list)
    form = AcceptanceForm(request.POST, request.FILES, standing=lines, part=part)
    if form.is_valid():
        try:
            report = services.report_acceptance(
                record_id=record.pk,
                counted=form.counted(),
                note=form.cleaned_data["note"],
                actor_id=request.user.pk,
                arrival=form.arrival(),
            )
        except ShopError as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Reported. Another member of your unit approves it."))
            return redirect("procurement:report", number=report.number)
    return _count(request, record, page, form)


def _choose(request: ScopedRequest, record: OrderRecord, orders: Sequence[SupplierOrder]) -> HttpResponse:
    context = parts_context(record, orders, page_of(request, counted_parcels(record.pk)))
    status = 422 if request.method == "POST" else 200
    return render(
        request, "shop/procurement/accept_parts.html", context | {"active_tab": "orders"}, status=status
    )


def _count(request: ScopedRequest, record: OrderRecord, page: object, form: AcceptanceForm) -> HttpResponse:
    organisation = record.purchase_request.organisation
    part: Part = form.part
    context = {
        "active_tab": "orders",
        "record": record,
        "part": title_of(part),
        "part_key": part.key,
        "page_obj": page,
        "form": form,
        "rows": form.rows(),
        "may_report": holds_one(request, MAY_REPORT, organisation),
    }
    return render(request, "shop/procurement/accept.html", context, status=422 if form.errors else 200)


@require_safe
@unit_page
def report(request: ScopedRequest, number: str) -> HttpResponse:
    """An acceptance report, to be read, printed and approved."""
    found = my_report(request, number)
    may_approve = may_approve_report(
        organisation=found.record.purchase_request.organisation,
        reported_by=found.reported_by_id,
        user_id=request.user.pk,
    )
    context = report_context(found, user_id=request.user.pk)
    context |= {
        "active_tab": "orders",
        "can_approve": may_approve,
        "is_own": found.reported_by_id == request.user.pk,
    }
    return render(request, "shop/procurement/report.html", context)


@require_POST
@unit_page
def decide_report(request: ScopedRequest, number: str) -> HttpResponse:
    """Approve another member's report, or withdraw one to count again."""
    found = my_report(request, number)
    try:
        if request.POST.get("decision") == "withdraw":
            services.withdraw_acceptance(report_id=found.pk, actor_id=request.user.pk)
            messages.success(request, _("Withdrawn. The goods can be counted again."))
        else:
            services.approve_acceptance(report_id=found.pk, actor_id=request.user.pk)
            messages.success(request, _("Approved: the acceptance counts now."))
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect("procurement:report", number=number)
