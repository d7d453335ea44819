"""Signs in what units ask for: split under a limit, dearer than the band, more a head than the province allows."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from math import ceil
from typing import Any

from django.db.models import QuerySet

from shop.buyers.models import Organisation
from shop.core import clock
from shop.operations.abuse.found import MOST_ROWS, Found, units_of
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState
from shop.procurement.approval_models import ApprovalRule
from shop.procurement.budget_models import CapSpan, FestivalPlan, LimitPeriod, WelfareCap
from shop.procurement.budgets import Budget, budgets_of
from shop.procurement.fair_price import fair_prices
from shop.procurement.models import PurchaseRequest, RequestLine, RequestState

#: Requests within so many days may be one purchase in parts.
SPLIT_WITHIN = dt.timedelta(days=7)
_ASKED = (RequestState.SUBMITTED, RequestState.PLACED)


def asked_requests() -> QuerySet[PurchaseRequest]:
    """Return the requests that were handed in, with their units."""
    return PurchaseRequest.objects.filter(state__in=_ASKED).select_related("organisation", "record")


def ordered_above_the_band() -> QuerySet[PurchaseRequest]:
    """Return the requests that became orders although a price lay above the band."""
    over = RequestLine.objects.exclude(gap_reason="").values("request")
    placed = PurchaseRequest.objects.filter(state=RequestState.PLACED, pk__in=over)
    return placed.select_related("organisation").prefetch_related("lines")


def split(requests: Sequence[PurchaseRequest]) -> Iterator[Found]:
    """Give the requests that lie below a limit of their unit's approvals, and reach it with others of a few days.

    Others of the same purpose, or with goods of the same supplier. A few queries for each request.
    """
    rules = _rules_of({request.organisation_id for request in requests})
    for request in requests:
        limits = _limits(rules[request.organisation_id], clock.local_date(_when(request)))
        above = [limit for limit in limits if limit > request.total_fen]
        others = _related(request) if above else []
        for limit in sorted(above, reverse=True):
            parts = [request, *(other for other in others if other.total_fen < limit)]
            total = sum(part.total_fen for part in parts)
            if len(parts) > 1 and total >= limit:
                yield _split_of(request, parts, limit, total)
                break


def _rules_of(units: Collection[int]) -> dict[int, list[ApprovalRule]]:
    found: dict[int, list[ApprovalRule]] = defaultdict(list)
    for rule in ApprovalRule.objects.filter(organisation__in=units, from_fen__gt=0).prefetch_related("steps"):
        found[rule.organisation_id].append(rule)
    return found


def _limits(rules: Iterable[ApprovalRule], on: dt.date) -> list[int]:
    """Return from which sums on a unit's rules of a day ask for steps of their own."""
    latest = {
        rule.from_fen: rule
        for rule in sorted(rules, key=lambda one: (one.starts_on, one.pk))
        if rule.starts_on <= on
    }
    return [fen for fen, rule in latest.items() if rule.steps.all()]


def _related(request: PurchaseRequest) -> list[PurchaseRequest]:
    """Return what its unit handed in shortly before and that may be a part of the same; called off ones are none."""
    at = _when(request)
    near = PurchaseRequest.objects.filter(
        organisation=request.organisation_id,
        state__in=_ASKED,
        submitted_at__gte=at - SPLIT_WITHIN,
        submitted_at__lte=at,
    )
    others = near.exclude(pk=request.pk).exclude(record__payment_state=PaymentState.CLOSED)
    rows = [
        row
        for row in others.select_related("record").order_by("submitted_at", "pk")
        if (_when(row), row.pk) < (at, request.pk)
    ]
    sold_by = _suppliers_of([request, *rows])
    return [
        row
        for row in rows
        if (row.purpose and row.purpose == request.purpose) or sold_by[row.pk] & sold_by[request.pk]
    ]


def _suppliers_of(requests: Iterable[PurchaseRequest]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    lines = RequestLine.objects.filter(request__in=[request.pk for request in requests])
    for request_id, supplier_id in lines.values_list("request_id", "product__listing__supplier_id"):
        if supplier_id is not None:
            found[request_id].add(supplier_id)
    return found


def _when(request: PurchaseRequest) -> dt.datetime:
    assert request.submitted_at is not None
    return request.submitted_at


def _split_of(request: PurchaseRequest, parts: list[PurchaseRequest], limit: int, total: int) -> Found:
    return Found(
        key=request.number,
        reference=request.number,
        fen=total,
        happened_at=_when(request),
        detail={
            "limit_fen": limit,
            "total_fen": total,
            "requests": [
                {
                    "number": part.number,
                    "order": part.record.number if part.record else "",
                    "on": str(clock.local_date(_when(part))),
                    "fen": part.total_fen,
                }
                for part in parts[:MOST_ROWS]
            ],
            "count": len(parts),
        },
        organisation_id=request.organisation_id,
        record_id=request.record_id,
    )


def above_the_band(requests: Sequence[PurchaseRequest]) -> Iterator[Found]:
    """Give each of these requests with its goods above the band, beside the reference. Four queries for each."""
    for request in requests:
        over = [line for line in request.lines.all() if line.gap_reason]
        prices = fair_prices(
            request.organisation,
            [(line.product_id, line.unit_fen) for line in over],
            before=request.decided_at,
        )
        rows = [(line, prices[line.product_id]) for line in over]
        yield Found(
            key=request.number,
            reference=request.number,
            fen=sum(line.line_fen for line in over),
            happened_at=request.decided_at or _when(request),
            detail={
                "lines": [
                    {
                        "sku": line.sku,
                        "units": line.quantity,
                        "unit_fen": line.unit_fen,
                        "reference_fen": price.reference_fen,
                        "gap": price.gap,
                        "reason": line.gap_reason,
                    }
                    for line, price in rows[:MOST_ROWS]
                ],
                "count": len(rows),
            },
            organisation_id=request.organisation_id,
            record_id=request.record_id,
        )


def above_the_cap(records: Sequence[OrderRecord]) -> Iterator[Found]:
    """Give the units whose orders have come to more a head than their province allows, for each plan and cap once.

    An order without a plan counts in the year, by the most people that a plan of the year has. A few queries for
    each unit that is over.
    """
    units, today = units_of(records), clock.today()
    latest = {record.credited_organisation: record for record in records}
    for budget in budgets_of(units.values(), today).values():
        record = latest[budget.organisation.code]
        for plan, cap, amount in _over(budget, today):
            yield _cap_of(budget.organisation, record, plan, cap, amount)


def _over(budget: Budget, today: dt.date) -> Iterator[tuple[FestivalPlan, WelfareCap, int]]:
    """Give plan, cap and the fen a head where they are more than the cap; of a year its plan with most people."""
    for cap in budget.caps.values():
        amounts = _a_head(budget) if cap.span == CapSpan.FESTIVAL else _a_head_of_years(budget, today)
        for plan, amount in amounts:
            if amount > (cap.per_head_fen or 0):
                yield plan, cap, amount


def _a_head(budget: Budget) -> Iterator[tuple[FestivalPlan, int]]:
    for plan in budget.plans:
        yield plan, ceil(budget.per_head(plan))


def _a_head_of_years(budget: Budget, today: dt.date) -> Iterator[tuple[FestivalPlan, int]]:
    for year in sorted({plan.year for plan in budget.plans}):
        largest = max(budget.plans_of(year), key=lambda plan: plan.headcount)
        amount = ceil(budget.per_head_of(year))
        if year == today.year:
            amount = max(amount, -(-budget.spent_in[LimitPeriod.YEAR] // largest.headcount))
        yield largest, amount


def _cap_of(
    unit: Organisation, record: OrderRecord, plan: FestivalPlan, cap: WelfareCap, amount: int
) -> Found:
    orders = OrderRecord.objects.filter(purchase_request__organisation=unit).exclude(
        payment_state=PaymentState.CLOSED
    )
    if cap.span == CapSpan.FESTIVAL:
        orders, span = orders.filter(purchase_request__plan=plan), plan.festival
    else:
        orders, span = orders.filter(placed_at__year=plan.year), "year"
    rows: list[tuple[str, dt.datetime, int]] = [
        (order.number, order.placed_at, order.due_fen - order.refunded_fen)
        for order in orders.order_by("-placed_at", "-pk")
    ]
    detail: dict[str, Any] = {
        "rule": cap.name,
        "most_fen": cap.per_head_fen,
        "amount_fen": amount,
        "people": plan.headcount,
        "orders": [
            {"number": number, "on": str(clock.local_date(at)), "fen": fen}
            for number, at, fen in rows[:MOST_ROWS]
        ],
        "count": len(rows),
    }
    return Found(
        key=f"{unit.pk}:{plan.year}:{span}:{cap.pk}",
        reference=record.number,
        fen=sum(fen for _number, _at, fen in rows),
        happened_at=record.placed_at,
        detail=detail,
        organisation_id=unit.pk,
        record_id=record.pk,
    )
