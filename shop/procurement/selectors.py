"""What of a unit's requests, orders and reports a caller may read."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, Min, Prefetch, Q, QuerySet, Sum

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation, OrganisationState
from shop.core.together import Asked
from shop.gateways.payer_models import TransferBundle
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.status import PaymentState, PayMethod
from shop.procurement.chain import decidable
from shop.procurement.models import (
    AcceptanceLine,
    AcceptanceReport,
    PurchaseRequest,
    ReportState,
    RequestState,
    UploadFile,
)
from shop.procurement.saved_models import SavedList


def units_of(scope: Scope) -> QuerySet[Organisation]:
    """Return the units that the scope names, by code."""
    return Organisation.objects.filter(code__in=scope.organisations).order_by("code")


def verified_units(scope: Scope) -> QuerySet[Organisation]:
    """Return those of the units that may order."""
    return units_of(scope).filter(state=OrganisationState.VERIFIED)


def requests(scope: Scope) -> QuerySet[PurchaseRequest]:
    """Return the requests of the scope's units with people and order, newest first."""
    found = PurchaseRequest.objects.filter(organisation__code__in=scope.organisations)
    people = ("created_by", "submitted_by", "decided_by")
    return found.select_related("organisation", "record", "basket", "plan", "roster", *people).order_by(
        "-created_at", "-pk"
    )


def requests_to_decide(scope: Scope, user_id: int) -> Asked[list[PurchaseRequest]]:
    """Return the question for the requests whose turn is this person's now, the longest waiting first."""
    waiting = requests(scope).filter(state=RequestState.SUBMITTED).exclude(submitted_by=user_id)
    return decidable(waiting, user_id)


def request_lines(request_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return submitted lines and units of requests by id. One query."""
    rows = PurchaseRequest.objects.filter(pk__in=request_ids).values_list("pk")
    counted = rows.annotate(kinds=Count("lines"), units=Sum("lines__quantity")).order_by("pk")
    return {pk: (kinds, units or 0) for pk, kinds, units in counted}


def states_asked(scope: Scope) -> Asked[dict[str, int]]:
    """Return the question for the number of requests in each state."""

    def read(rows: list[tuple[str, int]]) -> dict[str, int]:
        counts = dict(rows)
        return {state: counts.get(state, 0) for state in RequestState.values}

    rows = PurchaseRequest.objects.filter(organisation__code__in=scope.organisations).values_list("state")
    return Asked((rows.annotate(number=Count("pk")).order_by("state"),), read)


def uploads(scope: Scope) -> QuerySet[UploadFile]:
    """Return the files of the scope's requests."""
    found = UploadFile.objects.filter(request__organisation__code__in=scope.organisations)
    return found.select_related("request__organisation", "request__basket", "request__roster")


def saved_lists(scope: Scope) -> QuerySet[SavedList]:
    """Return the lists that the scope's units keep, by unit and name."""
    found = SavedList.objects.filter(organisation__code__in=scope.organisations)
    return found.select_related("organisation").order_by("organisation__code", "name")


def unit_orders(scope: Scope) -> QuerySet[OrderRecord]:
    """Return the orders of the scope's units, newest first; what is in them tells `order_sums`. One query."""
    found = OrderRecord.objects.filter(purchase_request__organisation__code__in=scope.organisations)
    return found.select_related(
        "order", "purchase_request__organisation", "purchase_request__roster", "consignment_plan", "buyer"
    ).order_by("-placed_at", "-pk")


def orders_to_count(scope: Scope) -> QuerySet[OrderRecord]:
    """Return the orders of the scope's units with their goods alone, newest first. Two queries."""
    found = OrderRecord.objects.filter(purchase_request__organisation__code__in=scope.organisations)
    goods = Prefetch("shares", LineShare.objects.select_related("line", "supplier").order_by("number"))
    return (
        found.select_related("order", "purchase_request__organisation", "buyer")
        .prefetch_related(goods)
        .order_by("-placed_at", "-pk")
    )


def unpaid_orders(scope: Scope) -> QuerySet[OrderRecord]:
    """Return the orders of the scope's units that wait for a bank transfer, newest first."""
    found = OrderRecord.objects.filter(
        purchase_request__organisation__code__in=scope.organisations,
        payment_state=PaymentState.UNPAID,
        method__in=(PayMethod.BANK_TRANSFER, PayMethod.TERMS),
    )
    return found.select_related("purchase_request__organisation").order_by("-placed_at", "-pk")


@dataclass(frozen=True)
class OrderSums:
    """What is in an order: goods and units, from whom, whether something and whether everything is accepted or gone."""

    kinds: int
    units: int
    suppliers: tuple[str, ...]
    is_accepted: bool


def order_sums(record_ids: Collection[int]) -> dict[int, OrderSums]:
    """Return what is in each of these orders, however many lines it has. Two queries."""
    shares = LineShare.objects.filter(record__in=record_ids)
    settled = F("accepted_units") + F("reduced_units") + F("refunding_units") + F("refunded_units")
    counted = shares.values_list("record_id").annotate(
        kinds=Count("pk"),
        all_units=Sum("units"),
        taken_units=Sum("accepted_units"),
        waiting=Count("pk", filter=Q(units__gt=settled)),
    )
    suppliers: dict[int, list[str]] = defaultdict(list)
    named = shares.values_list("record_id", "supplier__name_zh").annotate(first=Min("number"))
    for record_id, name, _first in named.order_by("record_id", "first"):
        suppliers[record_id].append(name)
    return {
        record_id: OrderSums(kinds, units, tuple(suppliers[record_id]), bool(taken and not waiting))
        for record_id, kinds, units, taken, waiting in counted.order_by("record_id")
    }


def bundles(scope: Scope) -> QuerySet[TransferBundle]:
    """Return the transfers for several orders that the scope's units planned, with their orders. Two queries."""
    found = TransferBundle.objects.filter(organisation__code__in=scope.organisations)
    return found.select_related("organisation").prefetch_related("attempts__record")


def acceptance_reports(scope: Scope) -> QuerySet[AcceptanceReport]:
    """Return the acceptance reports of the scope's units with their lines, oldest first. Two queries."""
    found = AcceptanceReport.objects.filter(
        record__purchase_request__organisation__code__in=scope.organisations
    )
    lines = AcceptanceLine.objects.select_related("line").order_by("line_id")
    people = ("reported_by", "decided_by", "record__purchase_request__organisation")
    parts = ("supplier_order__supplier__region", "parcel__supplier_order__supplier__region")
    return found.select_related(*people, *parts).prefetch_related(Prefetch("lines", lines)).order_by("pk")


def reports_to_approve(scope: Scope) -> QuerySet[AcceptanceReport]:
    """Return the reports that wait for another member."""
    return acceptance_reports(scope).filter(state=ReportState.REPORTED)
