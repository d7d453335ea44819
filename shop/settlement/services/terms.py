"""What is agreed with suppliers: commission by two people, periods with a reason. Nothing is ever backdated."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.journal import services as journal
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.models import CommissionRate, SettlementRule
from shop.settlement.term_models import Cycle, RateState
from shop.settlement.terms import Calendar
from shop.suppliers.models import Supplier

MOST_BP = 5_000
_REASON_LENGTH = 200


def propose_rate(
    *, supplier: str, category: str, rate_bp: int, starts_on: dt.date, reason: str, proposed_by: int
) -> CommissionRate:
    """Propose the commission on orders placed from a day on; "" for every supplier or category. 100 is one percent.

    Raises SettlementRefused naming the field: rate (above 50 %), too_early (only from tomorrow on), reason_missing,
    unknown_supplier.
    """
    if not 0 <= rate_bp <= MOST_BP:
        raise SettlementRefused(_("A commission lies between 0 and 50 %."), code="rate", field="rate")
    _require_reason(reason)
    _require_future(starts_on)
    if supplier and not Supplier.objects.filter(code=supplier).exists():
        raise SettlementRefused(_("There is no such supplier."), code="unknown_supplier", field="supplier")
    with transaction.atomic():
        rate = CommissionRate.objects.create(
            supplier=supplier,
            category=category,
            rate_bp=rate_bp,
            starts_on=starts_on,
            reason=reason.strip()[:_REASON_LENGTH],
            proposed_by=proposed_by,
            proposed_at=clock.now(),
        )
        _note(rate, "commission.proposed", proposed_by)
    return rate


def approve_rate(*, rate_id: int, approved_by: int) -> CommissionRate:
    """Let a proposed commission be agreed. Safe to call twice.

    Raises SettlementRefused: same_person, withdrawn, too_early (its day has come meanwhile: propose it anew), known
    (one is agreed from that day on).
    """
    try:
        with transaction.atomic():
            rate = lock(CommissionRate.objects.filter(pk=rate_id)).get()
            if rate.state == RateState.APPROVED:
                return rate
            if rate.state == RateState.WITHDRAWN:
                raise SettlementRefused(_("This proposal has been withdrawn."), code="withdrawn")
            if rate.proposed_by == approved_by:
                raise SettlementRefused(
                    _("You proposed this yourself. Another person must approve it."), code="same_person"
                )
            _require_future(rate.starts_on)
            _decide(rate, RateState.APPROVED, approved_by)
    except IntegrityError as error:
        raise SettlementRefused(
            _("Another commission has been agreed from this day on."), code="known", field="starts_on"
        ) from error
    return rate


def withdraw_rate(*, rate_id: int, actor_id: int) -> CommissionRate:
    """Take a proposal back. Safe to call twice. Raises SettlementRefused (approved) for one that is agreed."""
    with transaction.atomic():
        rate = lock(CommissionRate.objects.filter(pk=rate_id)).get()
        if rate.state == RateState.APPROVED:
            raise SettlementRefused(_("This proposal has already been approved."), code="approved")
        if rate.state == RateState.PROPOSED:
            _decide(rate, RateState.WITHDRAWN, actor_id)
    return rate


def set_rule(
    *, starts_on: dt.date, cycle: str, third_person: bool, reason: str, set_by: int
) -> SettlementRule:
    """Set from the first day of a later month on how long a period is and how many people a list needs; journalled.

    A second call for the same day changes what it says. Raises SettlementRefused naming the field: too_early,
    first_day, reason_missing, cycle.
    """
    if cycle not in Cycle.values:
        raise SettlementRefused(_("Choose how often suppliers are paid."), code="cycle", field="cycle")
    _require_reason(reason)
    _require_future(starts_on)
    if starts_on.day != 1:
        raise SettlementRefused(
            _("A rule begins on the first day of a month."), code="first_day", field="starts_on"
        )
    before = Calendar().rule(starts_on)
    values = {
        "cycle": cycle,
        "third_person": third_person,
        "reason": reason.strip()[:_REASON_LENGTH],
        "set_by": set_by,
        "set_at": clock.now(),
    }
    with transaction.atomic():
        rule, _made = SettlementRule.objects.update_or_create(starts_on=starts_on, defaults=values)
        journal.record(
            actor_id=set_by,
            action="settlement.rule_set",
            object_type="settlement_rule",
            object_key=f"{starts_on}",
            before={"cycle": before.cycle, "third_person": before.third_person},
            after={"cycle": cycle, "third_person": third_person},
            reason=rule.reason,
        )
    return rule


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise SettlementRefused(_("Please say why."), code="reason_missing", field="reason")


def _require_future(starts_on: dt.date) -> None:
    """Refuse a day that has begun: what was agreed when an order was placed does not change behind it."""
    if starts_on <= clock.today():
        raise SettlementRefused(
            _("This can only begin tomorrow or later."), code="too_early", field="starts_on"
        )


def _decide(rate: CommissionRate, state: RateState, actor_id: int) -> None:
    rate.state, rate.decided_by, rate.decided_at = state, actor_id, clock.now()
    rate.save(update_fields=["state", "decided_by", "decided_at"])
    _note(rate, f"commission.{state}", actor_id)


def _note(rate: CommissionRate, action: str, actor_id: int) -> None:
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="commission",
        object_key=str(rate.pk),
        after={
            "supplier": rate.supplier,
            "category": rate.category,
            "rate_bp": rate.rate_bp,
            "starts_on": f"{rate.starts_on}",
        },
        reason=rate.reason,
    )
