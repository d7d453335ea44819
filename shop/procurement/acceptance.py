"""Accept by quantity: one member counts and reports, another approves, and only then does it count."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.fulfilment.models import ParcelState
from shop.fulfilment.selectors import parcels_of_record
from shop.fulfilment.services import confirm_receipt
from shop.journal.services import record as journal
from shop.ordering.models import OrderRecord
from shop.ordering.services import accept_units, reject_units
from shop.procurement.events import tell_reported
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import require_member
from shop.procurement.models import AcceptanceLine, AcceptanceReport, ReportState
from shop.procurement.numbers import new_report_number
from shop.procurement.standing import LineStanding, standing_of


@dataclass(frozen=True)
class Counted:
    """What was counted of an order line; a rejection needs its reason."""

    line_id: int
    accepted: int
    rejected: int = 0
    reason: str = ""


@transaction.atomic
def report_acceptance(
    *, record_id: int, counted: Sequence[Counted], note: str = "", actor_id: int
) -> AcceptanceReport:
    """Write a report down for another member to approve. Nothing counts yet.

    Raises ProcurementError naming the line: more units than were shipped and not yet reported, a rejection
    without a reason, nothing counted, not_a_member.
    """
    record = _locked(record_id)
    require_member(organisation=record.purchase_request.organisation, user_id=actor_id)
    counted = [line for line in counted if line.accepted or line.rejected]
    if not counted:
        raise ProcurementError(
            _("Please give the units of at least one line."), code="nothing", field="lines"
        )
    standing = {line.line_id: line for line in standing_of(record)}
    for line in counted:
        _require_possible(line, standing[line.line_id])
    report = AcceptanceReport.objects.create(
        number=new_report_number(record),
        record=record,
        note=note.strip()[:200],
        reported_by_id=actor_id,
        reported_at=clock.now(),
    )
    AcceptanceLine.objects.bulk_create(
        AcceptanceLine(
            report=report,
            line_id=line.line_id,
            accepted_units=line.accepted,
            rejected_units=line.rejected,
            reason=line.reason.strip()[:200] if line.rejected else "",
        )
        for line in counted
    )
    _journal(report, "acceptance.reported", actor_id)
    tell_reported(report, record.purchase_request)
    return report


@transaction.atomic
def approve_acceptance(*, report_id: int, actor_id: int) -> AcceptanceReport:
    """Let a report count: accepted units go to the ledger, rejected ones off the order or into a refund request.

    Parcels whose goods are all counted are received. Safe to call twice. Raises ProcurementError: own_report,
    not_a_member, wrong_state; and ordering's refusals, with nothing written.
    """
    report = _locked_report(report_id)
    record = report.record
    if report.state == ReportState.APPROVED:
        return report
    if report.state != ReportState.REPORTED:
        raise ProcurementError(_("This report was withdrawn."), code="wrong_state")
    require_member(organisation=record.purchase_request.organisation, user_id=actor_id)
    if report.reported_by_id == actor_id:
        raise ProcurementError(_("Somebody else must approve your own report."), code="own_report")
    report.state, report.decided_by_id, report.decided_at = ReportState.APPROVED, actor_id, clock.now()
    report.save(update_fields=["state", "decided_by", "decided_at"])
    lines = list(report.lines.all())
    _receive_counted_parcels(record, actor_id)
    accepted = [(line.line_id, line.accepted_units) for line in lines if line.accepted_units]
    if accepted:
        accept_units(record_id=record.pk, items=accepted, report_number=report.number, actor_id=actor_id)
    for line in lines:
        if line.rejected_units:
            reason = _("Rejected at acceptance: %(reason)s") % {"reason": line.reason}
            items = [(line.line_id, line.rejected_units)]
            reject_units(record_id=record.pk, items=items, reason=reason[:200], actor_id=actor_id)
    _journal(report, "acceptance.approved", actor_id)
    return report


@transaction.atomic
def withdraw_acceptance(*, report_id: int, actor_id: int) -> AcceptanceReport:
    """Take a report back that is not approved, to count again; safe to call twice."""
    report = _locked_report(report_id)
    require_member(organisation=report.record.purchase_request.organisation, user_id=actor_id)
    if report.state == ReportState.APPROVED:
        raise ProcurementError(_("This report is approved already."), code="wrong_state")
    if report.state == ReportState.REPORTED:
        report.state, report.decided_by_id, report.decided_at = ReportState.WITHDRAWN, actor_id, clock.now()
        report.save(update_fields=["state", "decided_by", "decided_at"])
        _journal(report, "acceptance.withdrawn", actor_id)
    return report


def _locked(record_id: int) -> OrderRecord:
    lock(OrderRecord.objects.filter(pk=record_id)).get()
    return OrderRecord.objects.select_related("purchase_request__organisation").get(pk=record_id)


def _locked_report(report_id: int) -> AcceptanceReport:
    """Lock the order first, as everyone does, then read the report under its lock."""
    record = _locked(AcceptanceReport.objects.values_list("record_id", flat=True).get(pk=report_id))
    report = AcceptanceReport.objects.get(pk=report_id)
    report.record = record
    return report


def _require_possible(line: Counted, standing: LineStanding) -> None:
    title, left = standing.title, standing.to_report
    if min(line.accepted, line.rejected) < 0 or line.accepted + line.rejected > left:
        raise ProcurementError(
            _("“%(product)s”: %(left)d units have been shipped and are not reported yet, not %(units)d.")
            % {"product": title, "left": left, "units": line.accepted + line.rejected},
            code="units",
            field=f"accepted_{line.line_id}",
        )
    if line.rejected and not line.reason.strip():
        raise ProcurementError(
            _("“%(product)s”: please say why units are rejected.") % {"product": title},
            code="reason_missing",
            field=f"reason_{line.line_id}",
        )


def _receive_counted_parcels(record: OrderRecord, actor_id: int) -> None:
    """Take receipt of the parcels whose goods have all been counted."""
    open_lines = {line.line_id for line in standing_of(record) if line.to_report}
    for parcel in parcels_of_record(record.pk):
        counted = not any(item.line_id in open_lines for item in parcel.items.all())
        if counted and parcel.state != ParcelState.RECEIVED:
            confirm_receipt(record_id=record.pk, actor_id=actor_id, reason="accepted", parcel_id=parcel.pk)


def _journal(report: AcceptanceReport, action: str, actor_id: int) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="order",
        object_key=report.record.number,
        after={
            "report": report.number,
            "accepted": sum(line.accepted_units for line in report.lines.all()),
            "rejected": sum(line.rejected_units for line in report.lines.all()),
        },
    )
