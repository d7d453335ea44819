"""Who of a unit is told that a decision is waited for, what was decided, and what was changed afterwards."""

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from shop.accounts.models import User
from shop.buyers.models import MemberRole, Membership, MembershipState, Organisation
from shop.core import clock
from shop.notifications.models import BuyerNotice
from shop.notifications.services import write_person_notice
from shop.ordering.models import OrderRecord
from shop.outbox.events import Event
from shop.procurement.chain import approvals_of, deciders
from shop.procurement.members import APPROVING, report_approvers
from shop.procurement.models import AcceptanceReport, PurchaseRequest, ReportState, RequestState


def notify_approvers_of_request(event: Event) -> None:
    """On `procurement.request_submitted`: those whose step it is now, unless it was decided meanwhile."""
    request = _request(event)
    if request.state != RequestState.SUBMITTED:
        return
    people = User.objects.filter(pk__in=deciders(request, approvals_of(request))).order_by("pk")
    tell(event, "unit_request_submitted", people, _page("request", request.number), request=request)


def notify_buyer_of_decision(event: Event) -> None:
    """On `procurement.request_decided`: who submitted it."""
    request = _request(event)
    people = User.objects.filter(pk=event.payload["submitted_by"], is_active=True)
    context = {"request": request, "decision": event.payload["decision"]}
    tell(event, "unit_request_decided", people, _page("request", request.number), **context)


def notify_members_of_report(event: Event) -> None:
    """On `procurement.acceptance_reported`: those who may let it count, never who counted."""
    report = AcceptanceReport.objects.get(pk=event.payload["report_id"])
    if report.state != ReportState.REPORTED:
        return
    counted_by = event.payload["reported_by"]
    request = _request(event)
    roles = report_approvers(organisation=request.organisation, reported_by=counted_by)
    people = members(request.organisation_id, but=counted_by, roles=roles)
    context = {"request": request, "report": report}
    tell(event, "unit_acceptance_reported", people, _page("report", report.number), **context)


def notify_approvers_of_address(event: Event) -> None:
    """On `order.address_corrected` of a unit's order: who agreed to it, or where none of them is left its approvers.

    Where it goes they read on the order's page.
    """
    record = OrderRecord.objects.get(pk=event.payload["record_id"])
    request = PurchaseRequest.objects.select_related("organisation", "record").filter(record=record).first()
    if request is None:
        return
    everybody = members(request.organisation_id, but=event.payload["actor_id"], roles=APPROVING)
    agreed = {approval.approved_by for approval in approvals_of(request)}
    people = [person for person in everybody if person.pk in agreed] or everybody
    tell(
        event, "unit_address_corrected", people, _page("order", record.number), request=request, about=record
    )


def notify_owner_of_looser_rules(event: Event) -> None:
    """On `procurement.rules_loosened`: the owners of the unit, or its approvers, but who did it."""
    told = event.payload
    unit = Organisation.objects.get(pk=told["organisation_id"])
    people = members(unit.pk, but=told["set_by"], roles=[MemberRole.OWNER]) or members(
        unit.pk, but=told["set_by"], roles=APPROVING
    )
    by = User.objects.get(pk=told["set_by"])
    place = "procurement:approval_rules" if told["what"] == "approvals" else "storefront:unit_plans"
    for person in people:
        write_person_notice(
            key=f"{event.event_id}:unit_rules_loosened:{person.pk}",
            kind="unit_rules_loosened",
            user=person,
            path=reverse(place),
            number=unit.name,
            what=told["what"],
            day=told["starts_on"],
            by=by,
        )


def _request(event: Event) -> PurchaseRequest:
    return PurchaseRequest.objects.select_related("organisation", "record").get(
        pk=event.payload["request_id"]
    )


def members(organisation_id: int, *, but: int, roles: Collection[MemberRole]) -> list[User]:
    """Return who acts for a unit in one of these roles and can read a notice, but one person."""
    held = Membership.objects.filter(
        organisation=organisation_id, role__in=roles, state=MembershipState.ACTIVE
    )
    people = User.objects.filter(pk__in=held.values("user"), is_active=True).exclude(pk=but)
    return list(people.order_by("pk"))


def tell(event: Event, kind: str, people: Iterable[User], url: str, **context: object) -> None:
    """Write a notice to each, by e-mail or else by SMS; the same event again changes nothing.

    It names what it is `about`, else the report, else the request.
    """
    request = context["request"]
    record_id = request.record_id if isinstance(request, PurchaseRequest) else None
    with translation.override(settings.LANGUAGE_CODE):
        shown = {"shop_name": settings.SHOP_NAME, "url": url, **context}
        subject, _line, body = render_to_string(f"emails/{kind}.txt", shown).strip().partition("\n")
    about = context.get("about") or context.get("report", request)
    params = {"number": str(getattr(about, "number", "")), "path": urlsplit(url).path, "url": url}
    now = clock.now()
    for person in people:
        BuyerNotice.objects.get_or_create(
            key=f"{event.event_id}:{kind}:{person.pk}",
            defaults={
                "kind": kind,
                "channel": "email" if person.email else "sms",
                "address": person.email or person.phone or "",
                "subject": subject.strip()[:160],
                "body": body.strip() + "\n",
                "params": params,
                "due_at": now,
                "created_at": now,
                "user": person,
                "record_id": record_id,
            },
        )


def _page(name: str, number: str) -> str:
    return settings.SHOP_BASE_URL.rstrip("/") + reverse(f"procurement:{name}", args=[number])
