"""The steps of an approval: which a request takes, whose turn it is, and each taken once, by another person."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.buyers.models import MemberRole, Membership, MembershipState, Organisation
from shop.core import clock
from shop.core.locks import lock
from shop.core.together import Asked
from shop.journal.services import record as journal
from shop.procurement.approval_models import Approval, ApprovalRule, ApprovalStep
from shop.procurement.exceptions import ProcurementError
from shop.procurement.loosening import ONE, Step, chain_by, rules_of, settle_loosened_rules
from shop.procurement.members import APPROVING, RULING, require_member
from shop.procurement.models import PurchaseRequest

MOST_STEPS = 3


@transaction.atomic
def set_approval_rule(
    *, organisation_id: int, from_fen: int, starts_on: dt.date, steps: Sequence[Step], actor_id: int
) -> ApprovalRule:
    """Let a unit's requests of an amount and above take these steps from a day on; no step ends what held.

    Requests that are submitted keep theirs. The same amount and day again is written over. Journalled; where less is
    asked for, `procurement.rules_loosened` goes out. Raises ProcurementError: not_a_member, past (a day before today),
    amount, steps (more than three, or a person twice), person (nobody who may approve for the unit), loosens_today.
    """
    organisation = lock(Organisation.objects.filter(pk=organisation_id)).get()
    require_member(organisation=organisation, user_id=actor_id, roles=RULING)
    _require_sensible(organisation, from_fen, starts_on, steps)
    held = rules_of(organisation)
    rule, _made = ApprovalRule.objects.update_or_create(
        organisation=organisation,
        from_fen=from_fen,
        starts_on=starts_on,
        defaults={"set_by": actor_id, "set_at": clock.now()},
    )
    before = [_shown(step) for step in rule.steps.all()]
    rule.steps.all().delete()
    ApprovalStep.objects.bulk_create(
        ApprovalStep(rule=rule, position=position, role=step.role, person=step.person)
        for position, step in enumerate(steps, start=1)
    )
    settle_loosened_rules(organisation, held, starts_on=starts_on, actor_id=actor_id)
    journal(
        actor_id=actor_id,
        action="approval_rule.set",
        object_type="organisation",
        object_key=organisation.code,
        before={"steps": before},
        after={
            "from_fen": from_fen,
            "starts_on": str(starts_on),
            "steps": [_shown(step) for step in steps],
        },
    )
    return rule


def chain_for(organisation: Organisation, fen: int) -> tuple[Step, ...]:
    """Return the steps that a request of this sum takes today. Two queries."""
    begun = ApprovalRule.objects.filter(
        organisation=organisation, from_fen__lte=fen, starts_on__lte=clock.today()
    )
    return chain_by(begun.prefetch_related("steps"), fen, clock.today())


def require_enough_people(organisation: Organisation, chain: Sequence[Step], submitter_id: int) -> None:
    """Raise ProcurementError (too_few_approvers) when fewer people than steps can agree besides the submitter."""
    people = _holders(organisation, APPROVING) - {submitter_id}
    if len(chain) > 1 and len(people) < len(chain):
        raise ProcurementError(
            _(
                "Your unit's rule asks for %(steps)d approvals of this amount, and only %(people)d people besides "
                "you can give one."
            )
            % {"steps": len(chain), "people": len(people)},
            code="too_few_approvers",
        )


def as_kept(chain: Sequence[Step]) -> list[dict[str, Any]]:
    """Return a chain as a request keeps it."""
    return [{"role": str(step.role), "person": step.person} for step in chain]


def chain_of(request: PurchaseRequest) -> tuple[Step, ...]:
    """Return the steps that a request was submitted under."""
    return tuple(Step(MemberRole(step["role"]), step["person"]) for step in request.chain) or ONE


def approvals_of(request: PurchaseRequest) -> list[Approval]:
    """Return what has been agreed to in the round that runs, in order. One query."""
    return list(request.approvals.filter(round=request.round).order_by("position"))


def deciders(request: PurchaseRequest, taken: Sequence[Approval]) -> set[int]:
    """Return the ids of those whose turn it is: nobody twice, and never who submitted. One query.

    A person whom the rule names, and who cannot act any more, is stood in for by the others of the role.
    """
    step = _waiting_step(request, taken)
    return _turn_of(request, step, taken, _holders(request.organisation, {step.role})) if step else set()


def decidable(requests: QuerySet[PurchaseRequest], user_id: int) -> Asked[list[PurchaseRequest]]:
    """Return the question for those submitted requests whose turn is this person's now, the longest waiting first."""
    asked = requests.order_by()
    approvals = Approval.objects.filter(request__in=asked.values("pk"), round=F("request__round"))
    held = Membership.objects.filter(
        organisation__in=asked.values("organisation"), state=MembershipState.ACTIVE, user__is_active=True
    )

    def read(
        rows: list[PurchaseRequest], agreed: list[Approval], members: list[tuple[int, str, int]]
    ) -> list[PurchaseRequest]:
        taken: dict[int, list[Approval]] = defaultdict(list)
        for approval in sorted(agreed, key=lambda row: row.position):
            taken[approval.request_id].append(approval)
        holders: dict[tuple[int, str], set[int]] = defaultdict(set)
        for organisation_id, role, person in members:
            holders[organisation_id, role].add(person)
        return [
            row
            for row in sorted(rows, key=lambda row: (row.submitted_at, row.pk))
            if (step := _waiting_step(row, taken[row.pk]))
            and user_id in _turn_of(row, step, taken[row.pk], holders[row.organisation_id, str(step.role)])
        ]

    return Asked((asked, approvals, held.values_list("organisation_id", "role", "user_id")), read)


def take_step(request: PurchaseRequest, *, digest: str, note: str, actor_id: int) -> int:
    """Write a person's yes to the step that waits, in the caller's transaction, and return how many are left.

    The request is locked. Who has said yes before in this round says nothing new. Raises ProcurementError
    (others_step) when it is somebody else's turn.
    """
    taken = approvals_of(request)
    left = len(chain_of(request)) - len(taken)
    if any(approval.approved_by == actor_id for approval in taken):
        return left
    people = deciders(request, taken)
    if actor_id not in people:
        waited_for = User.objects.filter(pk__in=people).order_by("pk").first()
        raise ProcurementError(
            _("This step is not yours: the request waits for %(person)s.") % {"person": waited_for or "–"},
            code="others_step",
        )
    # The database holds a submitted request to somebody.
    assert request.submitted_by_id is not None
    Approval.objects.create(
        request=request,
        round=request.round,
        position=len(taken) + 1,
        approved_by=actor_id,
        submitted_by=request.submitted_by_id,
        digest=digest,
        note=note.strip()[:200],
        approved_at=clock.now(),
    )
    return left - 1


@dataclass(frozen=True)
class ShownStep:
    """A step of a chain for a page: who agreed and when, or who is waited for."""

    position: int
    names: str
    approval: Approval | None
    is_waiting: bool


def shown_chain(request: PurchaseRequest, taken: Sequence[Approval], waited_for: set[int]) -> list[ShownStep]:
    """Return the steps of a submitted request as a page shows them. One query."""
    chain = chain_of(request)
    ids = {approval.approved_by for approval in taken} | waited_for | {step.person for step in chain}
    people = User.objects.in_bulk([pk for pk in ids if pk is not None])
    found = []
    for position, step in enumerate(chain, start=1):
        approval = taken[position - 1] if position <= len(taken) else None
        is_waiting = position == len(taken) + 1
        who = {approval.approved_by} if approval else waited_for if is_waiting else {step.person}
        names = [str(people[pk]) for pk in sorted(pk for pk in who if pk is not None and pk in people)]
        found.append(ShownStep(position, "、".join(names) or str(step.role.label), approval, is_waiting))
    return found


def is_approved(request: PurchaseRequest, digest: str) -> bool:
    """Say whether every step of the round was agreed to, each for this very content. One query."""
    digests = [approval.digest for approval in approvals_of(request)]
    return digests == [digest] * len(chain_of(request))


def _waiting_step(request: PurchaseRequest, taken: Sequence[Approval]) -> Step | None:
    chain = chain_of(request)
    return chain[len(taken)] if len(taken) < len(chain) else None


def _turn_of(
    request: PurchaseRequest, step: Step, taken: Sequence[Approval], holders: Collection[int]
) -> set[int]:
    people = set(holders) - {request.submitted_by_id, *(approval.approved_by for approval in taken)}
    return {step.person} if step.person is not None and step.person in people else people


def _holders(organisation: Organisation, roles: Any) -> set[int]:
    held = Membership.objects.filter(
        organisation=organisation, role__in=roles, state=MembershipState.ACTIVE, user__is_active=True
    )
    return set(held.values_list("user_id", flat=True))


def _require_sensible(
    organisation: Organisation, from_fen: int, starts_on: dt.date, steps: Sequence[Step]
) -> None:
    named = [step.person for step in steps if step.person is not None]
    if from_fen < 0:
        raise ProcurementError(_("An amount cannot be negative."), code="amount", field="from_fen")
    if starts_on < clock.today():
        raise ProcurementError(
            _("A rule holds from today on at the earliest."), code="past", field="starts_on"
        )
    if len(steps) > MOST_STEPS or len(set(named)) < len(named):
        raise ProcurementError(
            _("At most three steps, each by another person."), code="steps", field="step_1"
        )
    for step in steps:
        if str(step.role) not in APPROVING or (
            step.person is not None and step.person not in _holders(organisation, {step.role})
        ):
            raise ProcurementError(
                _("This person cannot approve for %(unit)s.") % {"unit": organisation.name},
                code="person",
                field="step_1",
            )


def _shown(step: Step | ApprovalStep) -> str:
    return f"{step.role}:{step.person or 'any'}"
