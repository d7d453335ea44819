"""What asks less of a unit's purchases begins tomorrow at the earliest, and its owner is told: docs/adr/0016."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop.buyers.models import MemberRole, Organisation
from shop.core import clock
from shop.procurement.approval_models import ApprovalRule
from shop.procurement.events import tell_loosened
from shop.procurement.exceptions import ProcurementError


@dataclass(frozen=True)
class Step:
    """Somebody in this role agrees, or - while they hold it - this person."""

    role: MemberRole
    person: int | None = None


#: What a request takes where no rule asks for more.
ONE = (Step(MemberRole.APPROVER),)


def chain_by(rules: Iterable[ApprovalRule], fen: int, on: dt.date) -> tuple[Step, ...]:
    """Return the steps that a request of this sum takes on a day by these rules, read with their steps. No query."""
    begun = [rule for rule in rules if rule.from_fen <= fen and rule.starts_on <= on]
    looked_at: set[int] = set()
    for rule in sorted(begun, key=lambda rule: (rule.from_fen, rule.starts_on), reverse=True):
        if rule.from_fen not in looked_at and rule.steps.all():
            return tuple(Step(MemberRole(step.role), step.person) for step in rule.steps.all())
        looked_at.add(rule.from_fen)
    return ONE


def rules_of(organisation: Organisation) -> list[ApprovalRule]:
    """Return the unit's rules with their steps. Two queries."""
    return list(ApprovalRule.objects.filter(organisation=organisation).prefetch_related("steps"))


def settle_loosened_rules(
    organisation: Organisation, before: Sequence[ApprovalRule], *, starts_on: dt.date, actor_id: int
) -> None:
    """Tell of rules that ask less since they were `before` this transaction wrote one that starts on that day.

    Raises ProcurementError (loosens_today) when they do so today already.
    """
    after = rules_of(organisation)
    amounts = {0, *(rule.from_fen for rule in (*before, *after))}
    days = sorted({starts_on, *(rule.starts_on for rule in after if rule.starts_on > starts_on)})
    looser = [
        day
        for day in days
        if any(_asks_less(chain_by(before, fen, day), chain_by(after, fen, day)) for fen in amounts)
    ]
    if looser:
        _settle(organisation, "approvals", looser[0], actor_id)


def settle_loosened_limit(
    organisation: Organisation,
    before_fen: int | None,
    after_fen: int | None,
    *,
    starts_on: dt.date,
    actor_id: int,
) -> None:
    """Tell of a limit that is higher from a day on, or ends (None). Raises ProcurementError: loosens_today."""
    if before_fen is not None and (after_fen is None or after_fen > before_fen):
        _settle(organisation, "limit", starts_on, actor_id)


def _asks_less(before: Sequence[Step], after: Sequence[Step]) -> bool:
    """Say whether fewer have to agree, or one whom the rule named need not any more."""
    named = {step.person for step in before if step.person is not None}
    return len(after) < len(before) or bool(named - {step.person for step in after})


def _settle(organisation: Organisation, what: str, starts_on: dt.date, actor_id: int) -> None:
    if starts_on <= clock.today():
        raise ProcurementError(
            _(
                "This asks less than what holds today, so it begins tomorrow at the earliest; the owner of the unit is "
                "told. What is stricter holds at once."
            ),
            code="loosens_today",
            field="starts_on",
        )
    tell_loosened(organisation, what, starts_on, actor_id)
