"""What a unit planned, spent and may spend: its page of plans, and the part of it on its first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.certificates.models import Certificate
from shop.certificates.selectors import unit_certificates
from shop.core import clock
from shop.ordering.models import OrderRecord
from shop.ordering.status import FulfilmentState, PaymentState
from shop.procurement.budget_models import FestivalPlan, ReservedShare, SpendingLimit
from shop.procurement.budget_services import YEARS_AROUND
from shop.procurement.budgets import Budget, budgets_of, province_of
from shop.reporting.periods import whole_year
from shop.reporting.selectors import cut_off
from shop.reporting.units import unit_figures


@dataclass(frozen=True)
class PlanRow:
    """A plan beside what was spent for it; fen, `per_head_fen` rounded up."""

    plan: FestivalPlan
    spent_fen: int
    waiting_fen: int
    per_head_fen: int

    @property
    def left_fen(self) -> int:
        """Return what is left of the plan; below 0 where its people became fewer."""
        return self.plan.budget_fen - self.spent_fen


@dataclass(frozen=True)
class Whole:
    """All plans of a year together, in fen."""

    budget_fen: int
    spent_fen: int
    waiting_fen: int
    per_head_fen: int

    @property
    def left_fen(self) -> int:
        """Return what is left of them."""
        return self.budget_fen - self.spent_fen


@dataclass(frozen=True)
class LimitRow:
    """A limit beside what its period has used, in fen."""

    limit: SpendingLimit
    spent_fen: int

    @property
    def left_fen(self) -> int:
        """Return what may still be spent."""
        return (self.limit.limit_fen or 0) - self.spent_fen


@dataclass(frozen=True)
class ShareRow:
    """A reserved share beside what is done: confirmed in the ledger in its year, in fen."""

    share: ReservedShare
    done_fen: int

    @property
    def gap_fen(self) -> int:
        """Return what is still to be bought."""
        return self.share.gap_fen(self.done_fen)


def plan_rows(budget: Budget, year: int) -> list[PlanRow]:
    """Return the plans of a year. No query."""
    return [
        PlanRow(
            plan,
            budget.spent.get(plan.pk, 0),
            budget.waiting.get(plan.pk, 0),
            ceil(budget.per_head(plan)),
        )
        for plan in budget.plans_of(year)
    ]


def whole_of(budgets: Sequence[Budget], year: int) -> Whole:
    """Return the plans of a year together: of several units the sum a head is that of the highest. No query."""
    rows = [row for budget in budgets for row in plan_rows(budget, year)]
    return Whole(
        sum(row.plan.budget_fen for row in rows),
        sum(row.spent_fen for row in rows),
        sum(row.waiting_fen for row in rows),
        max((ceil(budget.per_head_of(year)) for budget in budgets), default=0),
    )


def plans_context(unit: Organisation, year: int) -> dict[str, Any]:
    """Return what unit_plans.html shows of a unit and a year. Three queries."""
    budget = budgets_of([unit], clock.today())[unit.pk]
    own = Scope(organisations=frozenset({unit.code}))
    share = budget.shares.get(year)
    sums, _regions = unit_figures(own, whole_year(year), settings.SHOP_DEMO)
    this = clock.today().year
    return {
        "active_tab": "plans",
        "unit": unit,
        "year": year,
        "years": range(this - YEARS_AROUND, this + YEARS_AROUND + 1),
        "rows": plan_rows(budget, year),
        "whole": whole_of([budget], year),
        "limits": [LimitRow(limit, budget.spent_in[period]) for period, limit in budget.limits.items()],
        "share": ShareRow(share, sums.confirmed) if share else None,
        "confirmed": sums.confirmed,
        "caps": list(budget.caps.values()),
        "province": province_of(unit),
        "demo": settings.SHOP_DEMO,
        "cut_off": cut_off(),
    }


def home_context(units: Sequence[Organisation], year: int) -> dict[str, Any]:
    """Return the part of unit_home.html about money planned. One query."""
    budgets = list(budgets_of(units, clock.today()).values())
    return {
        "whole": whole_of(budgets, year),
        "plans": [row for budget in budgets for row in plan_rows(budget, year)],
    }


def on_the_way(scope: Scope) -> QuerySet[OrderRecord]:
    """Return the orders of which something was shipped and not everything has arrived."""
    moving = Q(fulfilment_state__in=(FulfilmentState.PART, FulfilmentState.SHIPPED))
    found = OrderRecord.objects.filter(moving, purchase_request__organisation__code__in=scope.organisations)
    return found.exclude(payment_state=PaymentState.CLOSED)


def certificates_of(scope: Scope, year: int) -> QuerySet[Certificate]:
    """Return the certificates about the year, newest first; they may overlap, so they are never added up."""
    period = whole_year(year)
    own = Scope(organisations=scope.organisations)
    found = unit_certificates(own, settings.SHOP_DEMO)
    return found.filter(starts_on__gte=period.start, ends_on__lte=period.end)
