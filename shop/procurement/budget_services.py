"""Set what a unit's spending is held to, and the caps of the provinces. What was approved before stays approved."""

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.areas import provinces
from shop.procurement.budget_models import (
    CapSpan,
    Festival,
    FestivalPlan,
    LimitPeriod,
    ReservedShare,
    SpendingLimit,
    WelfareCap,
)
from shop.procurement.budgets import budgets_of, cap_refusals
from shop.procurement.drafts import draft_for
from shop.procurement.exceptions import ProcurementError
from shop.procurement.loosening import settle_loosened_limit
from shop.procurement.members import PLANNERS, require_member

#: Years before and after this one that a plan or a share may be of.
YEARS_AROUND = 1
MOST_PEOPLE = 1_000_000
MOST_FEN = 10**12


@transaction.atomic
def save_plan(
    *, organisation_id: int, year: int, festival: str, headcount: int, per_head_fen: int, actor_id: int
) -> FestivalPlan:
    """Write down or change a unit's plan for a festival; the same call again changes nothing. Journalled.

    Raises ProcurementError: not_a_member, unit_not_verified, year, festival, range, over_cap when the sum a head, or
    with it that of all plans of the year, is above the province's cap of today.
    """
    organisation = _unit_of(organisation_id, actor_id)
    _require_year(year)
    _require_choice(festival, Festival.values, "festival")
    _require_number(headcount, MOST_PEOPLE, "headcount")
    _require_number(per_head_fen, MOST_FEN, "per_head_fen")
    plans = FestivalPlan.objects.filter(organisation=organisation, year=year, festival=festival)
    plan = plans.first() or FestivalPlan(organisation=organisation, year=year, festival=festival)
    before = _plan(plan) if plan.pk else {}
    plan.headcount, plan.per_head_fen = headcount, per_head_fen
    if before == _plan(plan):
        return plan
    plan.set_by, plan.set_at = actor_id, clock.now()
    _require_under_caps(plan)
    plan.save()
    _note(
        organisation,
        "budget.plan_set",
        actor_id,
        before=before,
        after=_plan(plan) | {"plan": f"{year} {festival}"},
    )
    return plan


@transaction.atomic
def set_limit(
    *, organisation_id: int, period: str, limit_fen: int | None, starts_on: dt.date, actor_id: int
) -> SpendingLimit:
    """Let a limit hold for a unit from a day on, None ends it; what holds already is not written again. Journalled.

    Where it allows more, `procurement.rules_loosened` goes out. Raises ProcurementError: not_a_member,
    unit_not_verified, period, range, past for a day that is over, loosens_today.
    """
    organisation = _unit_of(organisation_id, actor_id)
    _require_choice(period, LimitPeriod.values, "period")
    if limit_fen is not None:
        _require_number(limit_fen, MOST_FEN, "limit_fen")
    if starts_on < clock.today():
        raise ProcurementError(
            _("A limit can hold from today on, not from a day that is over."), code="past", field="starts_on"
        )
    standing = SpendingLimit.objects.filter(
        organisation=organisation, period=period, starts_on__lte=starts_on
    )
    last = standing.order_by("-starts_on", "-pk").first()
    if last is not None and last.limit_fen == limit_fen:
        return last
    if last is not None:
        settle_loosened_limit(organisation, last.limit_fen, limit_fen, starts_on=starts_on, actor_id=actor_id)
    limit = SpendingLimit.objects.create(
        organisation=organisation,
        period=period,
        limit_fen=limit_fen,
        starts_on=starts_on,
        set_by=actor_id,
        set_at=clock.now(),
    )
    before = {"limit": _amount(last.limit_fen)} if last else {}
    after = {"period": period, "limit": _amount(limit_fen), "starts_on": str(starts_on)}
    _note(organisation, "budget.limit_set", actor_id, before=before, after=after)
    return limit


@transaction.atomic
def set_reserved_share(
    *,
    organisation_id: int,
    year: int,
    quota_fen: int,
    filed_fen: int | None,
    filed_on: dt.date | None,
    no_canteen: bool,
    actor_id: int,
) -> ReservedShare:
    """Write down a unit's reserved share of a year; the same call again changes nothing. Journalled.

    Raises ProcurementError: not_a_member, unit_not_verified, year, range, canteen (a quota without a canteen, or a
    canteen without one), filed (an amount without its day, or a day without its amount).
    """
    organisation = _unit_of(organisation_id, actor_id)
    _require_year(year)
    if no_canteen != (quota_fen == 0):
        raise ProcurementError(
            _("A unit with a canteen has a quota; one without has none."), code="canteen", field="quota_fen"
        )
    if not 0 <= max(quota_fen, filed_fen or 0) < MOST_FEN or min(quota_fen, filed_fen or 0) < 0:
        raise _out_of_range("quota_fen")
    if (filed_fen is None) != (filed_on is None):
        raise ProcurementError(
            _("Give both what was filed and the day on which it was."), code="filed", field="filed_on"
        )
    values: dict[str, Any] = {
        "quota_fen": quota_fen,
        "filed_fen": filed_fen,
        "filed_on": filed_on,
        "no_canteen": no_canteen,
    }
    last = ReservedShare.objects.filter(organisation=organisation, year=year).order_by("-pk").first()
    if last is not None and all(getattr(last, name) == value for name, value in values.items()):
        return last
    share = ReservedShare(organisation=organisation, year=year, set_by=actor_id, set_at=clock.now(), **values)
    share.save()
    _note(
        organisation,
        "budget.share_set",
        actor_id,
        before=_share(last) if last else {},
        after=_share(share) | {"year": year},
    )
    return share


@transaction.atomic
def set_welfare_cap(
    *,
    province: str,
    span: str,
    per_head_fen: int | None,
    name: str,
    source: str,
    starts_on: dt.date,
    actor_id: int,
) -> WelfareCap:
    """Let a province's cap hold from the day its rule names, None ends it. Journalled.

    The day may be over: purchases of today are held to what is in force today, those approved before stay as they
    are. The same call again writes nothing. Raises ProcurementError: unknown (province or span), range, rule.
    """
    _require_choice(province, provinces(), "province")
    _require_choice(span, CapSpan.values, "span")
    if per_head_fen is not None:
        _require_number(per_head_fen, MOST_FEN, "per_head_fen")
    name, source = name.strip()[:120], source.strip()[:300]
    if not name or not source:
        raise ProcurementError(
            _("Name the rule and where it stands: a refusal names it."), code="rule", field="name"
        )
    values: dict[str, Any] = {
        "per_head_fen": per_head_fen,
        "name": name,
        "source": source,
        "starts_on": starts_on,
    }
    known = (
        WelfareCap.objects.filter(province=province, span=span, starts_on=starts_on).order_by("-pk").first()
    )
    if known is not None and all(getattr(known, key) == value for key, value in values.items()):
        return known
    cap = WelfareCap(province=province, span=span, set_by=actor_id, set_at=clock.now(), **values)
    cap.save()
    journal(
        actor_id=actor_id,
        action="welfare_cap.set",
        object_type="welfare_cap",
        object_key=f"{province} {span}",
        after={"per_head": _amount(per_head_fen), "name": name, "starts_on": str(starts_on)},
    )
    return cap


@transaction.atomic
def tie_to_plan(*, request_id: int, plan_id: int | None, actor_id: int) -> None:
    """Let a draft be bought for a plan of its unit, None for none; safe to repeat.

    Raises ProcurementError: not_a_draft, not_a_member, no_plan for one that the unit does not have.
    """
    request = draft_for(request_id, actor_id)
    plans = FestivalPlan.objects.filter(organisation=request.organisation_id)
    if plan_id is not None and not plans.filter(pk=plan_id).exists():
        raise ProcurementError(_("Your unit has no such plan."), code="no_plan", field="plan")
    request.plan_id = plan_id
    request.save(update_fields=["plan"])


def _unit_of(organisation_id: int, actor_id: int) -> Organisation:
    """Lock a unit for one who plans for it; raises ProcurementError for everybody else."""
    organisation = lock(Organisation.objects.filter(pk=organisation_id)).get()
    require_member(organisation=organisation, user_id=actor_id, roles=PLANNERS)
    return organisation


def _require_under_caps(plan: FestivalPlan) -> None:
    budget = budgets_of([plan.organisation], clock.today())[plan.organisation_id]
    others = [other for other in budget.plans_of(plan.year) if other.pk != plan.pk]
    of_year = sum(other.per_head_fen for other in others) + plan.per_head_fen
    found = cap_refusals(budget, plan, per_head=Fraction(plan.per_head_fen), of_year=Fraction(of_year))
    if found:
        text = " ".join(refusal.text for refusal in found)
        raise ProcurementError(text, code=found[0].code, field="per_head_fen")


def _require_year(year: int) -> None:
    this = clock.today().year
    if abs(year - this) > YEARS_AROUND:
        raise ProcurementError(
            _("Choose a year from %(first)s to %(last)s.")
            % {"first": this - YEARS_AROUND, "last": this + YEARS_AROUND},
            code="year",
            field="year",
        )


def _require_choice(value: str, known: tuple[str, ...] | list[str], name: str) -> None:
    if value not in known:
        raise ProcurementError(_("Choose one of the list."), code="unknown", field=name)


def _require_number(value: int, most: int, name: str) -> None:
    if not 0 < value < most:
        raise _out_of_range(name)


def _out_of_range(name: str) -> ProcurementError:
    return ProcurementError(_("This number is out of range."), code="range", field=name)


def _amount(fen: int | None) -> str:
    return "" if fen is None else shown_yuan(fen)


def _plan(plan: FestivalPlan) -> dict[str, object]:
    return {"headcount": plan.headcount, "per_head": shown_yuan(plan.per_head_fen)}


def _share(share: ReservedShare) -> dict[str, object]:
    return {
        "quota": shown_yuan(share.quota_fen),
        "filed": _amount(share.filed_fen),
        "filed_on": str(share.filed_on or ""),
        "no_canteen": share.no_canteen,
    }


def _note(
    organisation: Organisation,
    action: str,
    actor_id: int,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="organisation",
        object_key=organisation.code,
        before=before,
        after=after,
    )
