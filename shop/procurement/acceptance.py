"""Accept by quantity: one member counts and reports, another approves, and only then does it count.

A report is about one supplier's goods, one parcel, or the whole order; what is short or damaged is not paid for or
is sent again, as the unit wishes.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.files.models import FileKind
from shop.files.services import store_file
from shop.fulfilment.models import Parcel, ParcelState, SupplierOrder
from shop.fulfilment.selectors import parcels_of_record
from shop.fulfilment.services import confirm_receipt
from shop.journal.services import record as journal
from shop.ordering.models import OrderRecord
from shop.ordering.services import accept_units, reject_units, request_reshipment
from shop.procurement.events import tell_accepted, tell_reported
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import (
    MAY_APPROVE_REPORT,
    MAY_REPORT,
    file_account,
    report_approvers,
    require_member,
)
from shop.procurement.models import AcceptanceLine, AcceptanceReport, Remedy, ReportState
from shop.procurement.numbers import new_report_number
from shop.procurement.standing import LineStanding, Part, open_of_parcels, standing_of
from shop.procurement.transitions import ACCEPTANCE

MOST_PHOTOS = 6
#: How shop.files knows whose photos they are.
PHOTO_OWNER = "acceptance"


@dataclass(frozen=True)
class Counted:
    """What was counted of an order line; damaged units need the reason, short ones speak for themselves."""

    line_id: int
    accepted: int
    damaged: int = 0
    reason: str = ""
    short: int = 0
    remedy: str = Remedy.MONEY

    @property
    def units(self) -> int:
        """Return the units the report would hold."""
        return self.accepted + self.short + self.damaged


@dataclass(frozen=True)
class Arrival:
    """Which goods came, when, and who signs for them; with neither order nor parcel it is the whole order.

    `form_key` names the form: sent twice, it reports once.
    """

    supplier_order_id: int | None = None
    parcel_id: int | None = None
    signer: str = ""
    received_on: dt.date | None = None
    photos: Sequence["UploadedFile[Any]"] = ()
    form_key: str = ""


WHOLE_ORDER = Arrival()


@transaction.atomic
def report_acceptance(
    *,
    record_id: int,
    counted: Sequence[Counted],
    note: str = "",
    actor_id: int,
    arrival: Arrival = WHOLE_ORDER,
) -> AcceptanceReport:
    """Write a report down for another member to approve. Nothing counts yet; photos are encoded by the worker.

    The same form again changes nothing and returns its report. Raises ProcurementError naming the field: more
    units than were shipped and not yet reported, damage without reason or photo, nothing counted, a part that is
    not of the order, a day to come, not_a_member; FileRefused. Nothing is written then.
    """
    record = _locked(record_id)
    organisation = record.purchase_request.organisation
    require_member(organisation=organisation, user_id=actor_id, roles=MAY_REPORT)
    known = arrival.form_key and record.acceptance_reports.filter(form_key=arrival.form_key).first()
    if known:
        return known
    part = _part(record, arrival)
    counted = [line for line in counted if line.units]
    _require_sound(record, part, counted, arrival)
    report = _write(record, part, counted, note=note, arrival=arrival, actor_id=actor_id)
    for photo in arrival.photos:
        store_file(
            upload=photo,
            kind=FileKind.PHOTO,
            owner_type=PHOTO_OWNER,
            owner_key=report.number,
            uploaded_by=actor_id,
            account=file_account(organisation.code),
        )
    _journal(report, "acceptance.reported", actor_id)
    tell_reported(report, record.purchase_request)
    faultpoint("procurement.acceptance_reported.before_commit")
    return report


@transaction.atomic
def approve_acceptance(*, report_id: int, actor_id: int) -> AcceptanceReport:
    """Let a report count: accepted units go to the ledger, the others off the order, into a refund or out again.

    Parcels whose goods are all counted are received by the worker. Safe to call twice. Raises ProcurementError:
    own_report, not_a_member, wrong_state; and ordering's refusals (such as OutOfStock of goods that should come
    again), with nothing written.
    """
    report = _locked_report(report_id)
    record = report.record
    if report.state == ReportState.APPROVED:
        return report
    if report.state != ReportState.REPORTED:
        raise ProcurementError(_("This report was withdrawn."), code="wrong_state")
    if report.reported_by_id == actor_id:
        raise ProcurementError(_("Somebody else must approve your own report."), code="own_report")
    organisation = record.purchase_request.organisation
    roles = report_approvers(organisation=organisation, reported_by=report.reported_by_id)
    require_member(organisation=organisation, user_id=actor_id, roles=roles)
    _decide(report, ReportState.APPROVED, actor_id)
    lines = list(report.lines.all())
    accepted = [(line.line_id, line.accepted_units) for line in lines if line.accepted_units]
    if accepted:
        accept_units(record_id=record.pk, items=accepted, report_number=report.number, actor_id=actor_id)
    for line in lines:
        if line.rejected_units:
            _turn_down(record, line, actor_id)
    _journal(report, "acceptance.approved", actor_id)
    tell_accepted(report, record.purchase_request)
    faultpoint("procurement.acceptance_approved.before_commit")
    return report


@transaction.atomic
def withdraw_acceptance(*, report_id: int, actor_id: int) -> AcceptanceReport:
    """Take a report back that is not approved, to count again; safe to call twice.

    Raises ProcurementError: not_a_member (who neither counts goods nor lets reports count), wrong_state.
    """
    report = _locked_report(report_id)
    roles = MAY_REPORT | MAY_APPROVE_REPORT
    require_member(organisation=report.record.purchase_request.organisation, user_id=actor_id, roles=roles)
    if report.state == ReportState.APPROVED:
        raise ProcurementError(_("This report is approved already."), code="wrong_state")
    if report.state == ReportState.REPORTED:
        _decide(report, ReportState.WITHDRAWN, actor_id)
        _journal(report, "acceptance.withdrawn", actor_id)
    return report


@transaction.atomic
def receive_counted_parcels(*, record_id: int, actor_id: int) -> int:
    """Take receipt of the parcels whose goods have all been counted, and return how many. Safe to call twice."""
    record = _locked(record_id)
    waiting = [parcel for parcel in parcels_of_record(record.pk) if parcel.state != ParcelState.RECEIVED]
    open_lines = {line.line_id for line in standing_of(record) if line.to_report or line.waiting}
    left = open_of_parcels(waiting, states=[ReportState.APPROVED])
    counted = [
        parcel.pk
        for parcel in waiting
        if not any(left[parcel.pk].values())
        or not any(item.line_id in open_lines for item in parcel.items.all())
    ]
    if not counted:
        return 0
    return len(confirm_receipt(record_id=record.pk, actor_id=actor_id, reason="accepted", parcel_ids=counted))


def _locked(record_id: int) -> OrderRecord:
    lock(OrderRecord.objects.filter(pk=record_id)).get()
    return OrderRecord.objects.select_related("purchase_request__organisation").get(pk=record_id)


def _locked_report(report_id: int) -> AcceptanceReport:
    """Lock the order first, as everyone does, then read the report under its lock."""
    record = _locked(AcceptanceReport.objects.values_list("record_id", flat=True).get(pk=report_id))
    report = AcceptanceReport.objects.get(pk=report_id)
    report.record = record
    return report


def _decide(report: AcceptanceReport, state: ReportState, actor_id: int) -> None:
    ACCEPTANCE.require(report.state, state)
    report.state, report.decided_by_id, report.decided_at = state, actor_id, clock.now()
    report.save(update_fields=["state", "decided_by", "decided_at"])


def _part(record: OrderRecord, arrival: Arrival) -> Part:
    """Return what the report is about; the same refusal for another order's part as for none."""
    order, parcel = None, None
    if arrival.parcel_id is not None:
        parcel = Parcel.objects.filter(pk=arrival.parcel_id, supplier_order__record=record).first()
    elif arrival.supplier_order_id is not None:
        order = SupplierOrder.objects.filter(pk=arrival.supplier_order_id, record=record).first()
    else:
        return Part()
    if order is None and parcel is None:
        raise ProcurementError(_("These goods are not of this order."), code="unknown_part", field="part")
    return Part(order, parcel)


def _require_sound(record: OrderRecord, part: Part, counted: Sequence[Counted], arrival: Arrival) -> None:
    if not counted:
        raise ProcurementError(
            _("Please give the units of at least one line."), code="nothing", field="lines"
        )
    standing = {line.line_id: line for line in standing_of(record, part)}
    for line in counted:
        _require_possible(line, standing.get(line.line_id))
    if len(arrival.photos) > MOST_PHOTOS:
        raise ProcurementError(
            _("At most %(most)d photos, please.") % {"most": MOST_PHOTOS}, code="photos", field="photos"
        )
    if not arrival.photos and any(line.damaged for line in counted):
        raise ProcurementError(
            _("Please add at least one photo of the damage."), code="photo_missing", field="photos"
        )
    if arrival.received_on is not None and arrival.received_on > clock.today():
        raise ProcurementError(_("This day has not come yet."), code="received_later", field="received_on")


def _require_possible(line: Counted, standing: LineStanding | None) -> None:
    if standing is None:
        raise ProcurementError(_("These goods are not of this order."), code="unknown_part", field="lines")
    title, left = standing.title, standing.to_report
    if min(line.accepted, line.short, line.damaged) < 0 or line.units > left:
        raise ProcurementError(
            _("“%(product)s”: %(left)d units have been shipped and are not reported yet, not %(units)d.")
            % {"product": title, "left": left, "units": line.units},
            code="units",
            field=f"accepted_{line.line_id}",
        )
    if line.damaged and not line.reason.strip():
        raise ProcurementError(
            _("“%(product)s”: please say what is damaged.") % {"product": title},
            code="reason_missing",
            field=f"reason_{line.line_id}",
        )


def _write(
    record: OrderRecord,
    part: Part,
    counted: Sequence[Counted],
    *,
    note: str,
    arrival: Arrival,
    actor_id: int,
) -> AcceptanceReport:
    report = AcceptanceReport.objects.create(
        number=new_report_number(record),
        record=record,
        supplier_order=part.supplier_order,
        parcel=part.parcel,
        note=note.strip()[:200],
        signer=arrival.signer.strip()[:60],
        received_on=arrival.received_on or clock.today(),
        form_key=arrival.form_key[:40],
        reported_by_id=actor_id,
        reported_at=clock.now(),
    )
    AcceptanceLine.objects.bulk_create(
        AcceptanceLine(
            report=report,
            line_id=line.line_id,
            accepted_units=line.accepted,
            short_units=line.short,
            damaged_units=line.damaged,
            reason=line.reason.strip()[:200] if line.short or line.damaged else "",
            remedy=line.remedy if line.short or line.damaged else Remedy.MONEY,
        )
        for line in counted
    )
    return report


def _turn_down(record: OrderRecord, line: AcceptanceLine, actor_id: int) -> None:
    """Have goods sent again, or take them off the order: before payment it is reduced, after it a refund is asked."""
    reason = _why(line)
    if line.remedy == Remedy.RESHIP:
        # The shares of a line move together: its goods are sent once.
        share_id = record.shares.filter(line=line.line_id).order_by("number").values_list("pk", flat=True)[0]
        line.reshipment = request_reshipment(
            record_id=record.pk,
            share_id=share_id,
            units=line.rejected_units,
            reason=reason,
            actor_id=actor_id,
        )
        line.save(update_fields=["reshipment"])
        return
    items = [(line.line_id, line.rejected_units)]
    reject_units(record_id=record.pk, items=items, reason=reason, actor_id=actor_id)


def _why(line: AcceptanceLine) -> str:
    """Return the reason as the refund, the reduction or the replacement carries it."""
    if not line.damaged_units:
        text = _("Short at acceptance: %(reason)s") if line.reason else _("Short at acceptance")
    elif not line.short_units:
        text = _("Damaged at acceptance: %(reason)s")
    else:
        text = _("Short and damaged at acceptance: %(reason)s")
    return (text % {"reason": line.reason})[:200]


def _journal(report: AcceptanceReport, action: str, actor_id: int) -> None:
    lines = list(report.lines.all())
    journal(
        actor_id=actor_id,
        action=action,
        object_type="order",
        object_key=report.record.number,
        after={
            "report": report.number,
            "accepted": sum(line.accepted_units for line in lines),
            "short": sum(line.short_units for line in lines),
            "damaged": sum(line.damaged_units for line in lines),
        },
    )
