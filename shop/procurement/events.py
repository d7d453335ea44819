"""What procurement tells others: that a person's decision is waited for, and what was decided. Ids only."""

import datetime as dt
from typing import Any

from shop.buyers.models import Organisation
from shop.outbox.services import append
from shop.procurement.models import AcceptanceReport, PurchaseRequest


def tell_submitted(request: PurchaseRequest) -> None:
    """Leave `procurement.request_submitted` behind, at every step: whose turn it is now is waited for."""
    append(
        topic="procurement.request_submitted",
        stream=request.number,
        payload=_ids(request) | {"submitted_by": request.submitted_by_id},
    )


def tell_decided(request: PurchaseRequest, decision: str) -> None:
    """Leave `procurement.request_decided` behind; `decision` is approved, rejected or sent_back."""
    append(
        topic="procurement.request_decided",
        # Of the order once there is one: what became of both is then read in one row.
        stream=request.record.number if request.record else request.number,
        payload=_ids(request)
        | {"submitted_by": request.submitted_by_id, "decision": decision, "record_id": request.record_id},
    )


def tell_reported(report: AcceptanceReport, request: PurchaseRequest) -> None:
    """Leave `procurement.acceptance_reported` behind: another member's approval is waited for."""
    append(
        topic="procurement.acceptance_reported",
        stream=report.record.number,
        payload=_ids(request)
        | {
            "report": report.number,
            "report_id": report.pk,
            "record_id": report.record_id,
            "reported_by": report.reported_by_id,
        },
    )


def tell_accepted(report: AcceptanceReport, request: PurchaseRequest) -> None:
    """Leave `procurement.acceptance_approved` behind: its parcels are received by the worker."""
    append(
        topic="procurement.acceptance_approved",
        stream=report.record.number,
        payload=_ids(request)
        | {
            "report": report.number,
            "report_id": report.pk,
            "record_id": report.record_id,
            "decided_by": report.decided_by_id,
        },
    )


def tell_loosened(organisation: Organisation, what: str, starts_on: dt.date, actor_id: int) -> None:
    """Leave `procurement.rules_loosened` behind: `what` is approvals or limit, and asks less from a day on."""
    append(
        topic="procurement.rules_loosened",
        stream=f"unit:{organisation.code}",
        payload={
            "organisation_id": organisation.pk,
            "what": what,
            "starts_on": str(starts_on),
            "set_by": actor_id,
        },
    )


def _ids(request: PurchaseRequest) -> dict[str, Any]:
    return {
        "request": request.number,
        "request_id": request.pk,
        "organisation_id": request.organisation_id,
    }
