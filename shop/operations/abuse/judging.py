"""What staff make of a sign of abuse: one person judges with a reason, another has the second look."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.operations.abuse_models import AbuseFinding, AbuseState, Verdict
from shop.operations.transitions import ABUSE


class AbuseError(ShopError):
    """A judgement that is not possible; `code` and `field` name why. Nothing was written."""


def judge_finding(*, finding_id: int, verdict: str, reason: str, actor_id: int) -> AbuseFinding:
    """Say what a finding is; it is closed when another person agrees. The same again changes nothing.

    Raises AbuseError: verdict, reason (none is given), wrong_state. Nothing else is touched: what follows from abuse
    is done where it is done every day.
    """
    reason = reason.replace("\x00", "").strip()[:300]
    if verdict not in Verdict.values:
        raise AbuseError(_("Say whether it is in order."), code="verdict", field="verdict")
    if not reason:
        raise AbuseError(_("Give a reason; it stands in the journal."), code="reason", field="reason")
    with transaction.atomic():
        finding = _locked(finding_id)
        said = (finding.verdict, finding.reason, finding.judged_by)
        if finding.state == AbuseState.JUDGED and said == (verdict, reason, actor_id):
            return finding
        _move(
            finding,
            AbuseState.JUDGED,
            verdict=Verdict(verdict),
            reason=reason,
            judged_by=actor_id,
            judged_at=clock.now(),
        )
        _note(finding, "abuse.judged", actor_id, reason)
    return finding


def confirm_finding(*, finding_id: int, actor_id: int) -> AbuseFinding:
    """Agree to what another person judged; the finding is closed. Twice by the same person changes nothing.

    Raises AbuseError: same_person, wrong_state.
    """
    with transaction.atomic():
        finding = _locked(finding_id)
        if finding.state == AbuseState.CLOSED and finding.seen_by == actor_id:
            return finding
        if finding.judged_by == actor_id:
            raise AbuseError(
                _("You judged it yourself. Another person has the second look."), code="same_person"
            )
        _move(finding, AbuseState.CLOSED, seen_by=actor_id, seen_at=clock.now())
        _note(finding, "abuse.confirmed", actor_id, finding.reason)
    return finding


def return_finding(*, finding_id: int, reason: str, actor_id: int) -> AbuseFinding:
    """Send a judged finding back to be looked at anew; who judged it may, too. The journal keeps what was said.

    Raises AbuseError: reason (none is given), wrong_state.
    """
    reason = reason.replace("\x00", "").strip()[:300]
    if not reason:
        raise AbuseError(_("Give a reason; it stands in the journal."), code="reason", field="reason")
    with transaction.atomic():
        finding = _locked(finding_id)
        said = f"{finding.verdict}: {finding.reason}" if finding.verdict else ""
        _move(finding, AbuseState.OPEN, verdict="", reason="", judged_by=None, judged_at=None)
        _note(finding, "abuse.returned", actor_id, reason, said=said)
    return finding


def _locked(finding_id: int) -> AbuseFinding:
    return lock(AbuseFinding.objects.filter(pk=finding_id)).get()


def _move(finding: AbuseFinding, new: AbuseState, **columns: Any) -> None:
    if not ABUSE.allows(finding.state, new):
        raise AbuseError(
            _("Somebody else has been here meanwhile. Please look at it again."), code="wrong_state"
        )
    for name, value in {"state": new, **columns}.items():
        setattr(finding, name, value)
    finding.save(update_fields=["state", *columns])


def _note(finding: AbuseFinding, action: str, actor_id: int, reason: str, **more: str) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="abuse_finding",
        object_key=str(finding.pk),
        after={"kind": finding.kind, "reference": finding.reference, "verdict": finding.verdict, **more},
        reason=reason,
    )
