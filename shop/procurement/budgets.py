"""What a unit's spending is held to, what has been spent, and why a purchase would go over it.

Spent is what the orders of approved requests come to, goods and freight, less reductions and refunds; an order that
was closed unpaid is nothing. What waits for approval is shown beside it and blocks nobody.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from shop.buyers.models import BuyerKind, Organisation
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.core.together import answers
from shop.listings.areas import areas
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState
from shop.procurement.budget_models import (
    CapSpan,
    Festival,
    FestivalPlan,
    LimitPeriod,
    ReservedShare,
    SpendingLimit,
    WelfareCap,
)
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PurchaseRequest, RequestState

#: Where the district is: the rules of this province hold for its units whose credit code names no other.
HOME_PROVINCE = "浙江省"


@dataclass(frozen=True)
class Refusal:
    """Why a purchase would go too far: a whole sentence that names the rule, its date and by how much."""

    code: str
    text: str


@dataclass
class Budget:
    """Everything that one unit's spending is held to on a day, and what is spent; sums in fen.

    `spent` and `waiting` are by plan, `spent_in` by period. Limits and caps are those that hold, shares by year.
    """

    organisation: Organisation
    on: dt.date
    plans: list[FestivalPlan] = field(default_factory=list)
    spent: dict[int, int] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)
    spent_in: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LimitPeriod.values, 0))
    limits: dict[str, SpendingLimit] = field(default_factory=dict)
    caps: dict[str, WelfareCap] = field(default_factory=dict)
    shares: dict[int, ReservedShare] = field(default_factory=dict)

    def plan(self, pk: int | None) -> FestivalPlan | None:
        """Return the plan of that id, None without one."""
        return next((plan for plan in self.plans if plan.pk == pk), None)

    def plans_of(self, year: int) -> list[FestivalPlan]:
        """Return the plans of a year in the order of the calendar."""
        return [plan for plan in self.plans if plan.year == year]

    def per_head(self, plan: FestivalPlan, more_fen: int = 0) -> Fraction:
        """Return the fen for each person of a plan, with so much more spent: never rounded."""
        return Fraction(self.spent.get(plan.pk, 0) + more_fen, plan.headcount)

    def per_head_of(self, year: int) -> Fraction:
        """Return the fen for each person of all plans of a year together."""
        return sum((self.per_head(plan) for plan in self.plans_of(year)), Fraction(0))


def period_of(period: str, on: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first day of the period that a day is in, and that of the next one."""
    months = {LimitPeriod.YEAR: 12, LimitPeriod.QUARTER: 3, LimitPeriod.MONTH: 1}[LimitPeriod(period)]
    first = (on.month - 1) // months * months
    following = dt.date(on.year + (first + months) // 12, (first + months) % 12 + 1, 1)
    return dt.date(on.year, first + 1, 1), following


def province_of(organisation: Organisation) -> str:
    """Return the province whose rules hold for a unit, "" when none is known.

    Characters 3 to 8 of a credit code are the place where the unit is registered (GB 32100-2015). Without a code
    a unit of the district is at home.
    """
    place = organisation.credit_code[2:4]
    named = next((area.name for area in areas() if place and area.code.startswith(place)), "")
    return named or (HOME_PROVINCE if organisation.of_district else "")


def budgets_of(organisations: Iterable[Organisation], on: dt.date) -> dict[int, Budget]:
    """Return the budgets of units by id, as of a day. One query for any number of units."""
    found = {unit.pk: Budget(unit, on) for unit in organisations}
    plans, spent, waiting, limits, shares, caps = answers(*_questions(list(found), on))
    order = {festival: place for place, festival in enumerate(Festival.values)}
    for plan in sorted(plans, key=lambda row: (row.year, order[row.festival])):
        found[plan.organisation_id].plans.append(plan)
    for organisation_id, plan_id, whole, *parts in spent:
        budget = found[organisation_id]
        if plan_id is not None:
            budget.spent[plan_id] = whole
        for period, fen in zip(LimitPeriod.values, parts, strict=True):
            budget.spent_in[period] += fen or 0
    for organisation_id, plan_id, whole in waiting:
        found[organisation_id].waiting[plan_id] = whole
    for limit in _latest(limits):
        found[limit.organisation_id].limits[limit.period] = limit
    for share in sorted(shares, key=lambda row: row.pk):
        found[share.organisation_id].shares[share.year] = share
    for budget in found.values():
        budget.limits = {key: row for key, row in budget.limits.items() if row.limit_fen is not None}
        budget.caps = _caps_of(budget.organisation, caps)
    return found


def plans_to_choose(organisation_id: int, chosen: int | None) -> list[FestivalPlan]:
    """Return the plans of a unit from this year on, and the one that a request has already. One query."""
    ahead = Q(organisation=organisation_id, year__gte=clock.today().year)
    order = {festival: place for place, festival in enumerate(Festival.values)}
    found = FestivalPlan.objects.filter(ahead | Q(pk=chosen))
    return sorted(found, key=lambda row: (row.year, order[row.festival]))


def request_refusals(request: PurchaseRequest, total_fen: int) -> list[Refusal]:
    """Return why a request of this sum, goods and freight, would go too far today. One query."""
    unit = request.organisation
    budget = budgets_of([unit], clock.today())[unit.pk]
    return refusals(budget, plan=budget.plan(request.plan_id), total_fen=total_fen)


def require_within_budget(request: PurchaseRequest, total_fen: int) -> None:
    """Raise ProcurementError, in whole sentences, when a request of this sum would go too far today.

    The unit's row stays locked until the transaction ends, so that two approvals cannot both take the rest.
    """
    list(lock(Organisation.objects.filter(pk=request.organisation_id)))
    found = request_refusals(request, total_fen)
    if found:
        raise ProcurementError(" ".join(refusal.text for refusal in found), code=found[0].code, field="plan")


def refusals(budget: Budget, *, plan: FestivalPlan | None, total_fen: int) -> list[Refusal]:
    """Return why one more purchase of this sum would go too far: limits, its plan, the caps of the province."""
    found = [
        _over_limit(limit, budget.spent_in[period], total_fen)
        for period, limit in budget.limits.items()
        if budget.spent_in[period] + total_fen > (limit.limit_fen or 0)
    ]
    if plan is None:
        return found
    per_head = budget.per_head(plan, total_fen)
    if per_head > plan.per_head_fen:
        found.append(_over_plan(plan, per_head))
    return found + cap_refusals(
        budget,
        plan,
        per_head=per_head,
        of_year=budget.per_head_of(plan.year) + Fraction(total_fen, plan.headcount),
    )


def cap_refusals(
    budget: Budget, plan: FestivalPlan, *, per_head: Fraction, of_year: Fraction
) -> list[Refusal]:
    """Return which caps a plan's sum a head, and that of its whole year, go over."""
    found = []
    for cap in budget.caps.values():
        amount = per_head if cap.span == CapSpan.FESTIVAL else of_year
        if amount > (cap.per_head_fen or 0):
            found.append(_over_cap(cap, plan, amount))
    return found


def _questions(keys: list[int], on: dt.date) -> tuple[QuerySet[Any], ...]:
    net = F("due_fen") - F("refunded_fen")
    parts = {f"{period}_sum": Sum(net, filter=_within(period, on)) for period in LimitPeriod.values}
    orders = OrderRecord.objects.filter(purchase_request__organisation__in=keys).exclude(
        payment_state=PaymentState.CLOSED
    )
    asked = PurchaseRequest.objects.filter(
        organisation__in=keys, plan__isnull=False, state=RequestState.SUBMITTED
    )
    return (
        FestivalPlan.objects.filter(organisation__in=keys),
        orders.values_list("purchase_request__organisation_id", "purchase_request__plan_id").annotate(
            whole_sum=Sum(net), **parts
        ),
        asked.values_list("organisation_id", "plan_id").annotate(
            asked_sum=Sum(F("goods_fen") + F("freight_fen"))
        ),
        SpendingLimit.objects.filter(organisation__in=keys, starts_on__lte=on),
        ReservedShare.objects.filter(organisation__in=keys),
        WelfareCap.objects.filter(starts_on__lte=on),
    )


def _within(period: str, on: dt.date) -> Q:
    first, following = (
        dt.datetime.combine(day, dt.time.min, tzinfo=clock.SHANGHAI) for day in period_of(period, on)
    )
    return Q(placed_at__gte=first, placed_at__lt=following)


def _latest(rows: Iterable[Any]) -> list[Any]:
    """Return dated rows so that what holds comes last: the one that started last, of those the one written last."""
    return sorted(rows, key=lambda row: (row.starts_on, row.pk))


def _caps_of(organisation: Organisation, caps: Iterable[WelfareCap]) -> dict[str, WelfareCap]:
    """Return the caps that hold for a unit by span: of unions only, whose rules they are."""
    if organisation.kind != BuyerKind.UNION:
        return {}
    province = province_of(organisation)
    latest = {cap.span: cap for cap in _latest(caps) if cap.province == province}
    return {span: cap for span, cap in latest.items() if cap.per_head_fen is not None}


def _over_limit(limit: SpendingLimit, spent_fen: int, total_fen: int) -> Refusal:
    text = _(
        "“%(rule)s” of ¥%(limit)s (from %(day)s): ¥%(spent)s are spent and this request is ¥%(total)s, ¥%(over)s more"
        " than is left."
    )
    words = _yuan(limit=limit.limit_fen or 0, spent=spent_fen, total=total_fen) | _yuan(
        over=spent_fen + total_fen - (limit.limit_fen or 0)
    )
    return Refusal(
        "over_limit", text % (words | {"rule": limit.get_period_display(), "day": limit.starts_on})
    )


def _over_plan(plan: FestivalPlan, per_head: Fraction) -> Refusal:
    text = _(
        "The plan “%(plan)s” (set on %(day)s) gives ¥%(most)s to each of %(people)d people. With this request it would"
        " be ¥%(amount)s each, ¥%(over)s too much."
    )
    words = _yuan(most=plan.per_head_fen, amount=per_head, over=per_head - plan.per_head_fen)
    named = {"plan": plan, "people": plan.headcount, "day": clock.local_date(plan.set_at)}
    return Refusal("over_plan", text % (words | named))


def _over_cap(cap: WelfareCap, plan: FestivalPlan, amount: Fraction) -> Refusal:
    texts = {
        CapSpan.FESTIVAL: _(
            "“%(rule)s” of %(province)s (from %(day)s) allows ¥%(most)s a head for a festival. “%(plan)s” would come to"
            " ¥%(amount)s a head, ¥%(over)s too much."
        ),
        CapSpan.YEAR: _(
            "“%(rule)s” of %(province)s (from %(day)s) allows ¥%(most)s a head for all festivals of a year. Those of"
            " %(year)s would come to ¥%(amount)s a head, ¥%(over)s too much."
        ),
    }
    most = cap.per_head_fen or 0
    words = _yuan(most=most, amount=amount, over=amount - most)
    named = {
        "rule": cap.name,
        "province": cap.province,
        "day": cap.starts_on,
        "plan": plan,
        "year": plan.year,
    }
    return Refusal("over_cap", texts[CapSpan(cap.span)] % (words | named))


def _yuan(**amounts: Fraction | int) -> dict[str, object]:
    """Return fen as they are written in a sentence; a part of a fen counts as one."""
    return {name: shown_yuan(ceil(fen)) for name, fen in amounts.items()}
