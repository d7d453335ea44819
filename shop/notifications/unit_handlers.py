"""Who of a unit is told that a decision is waited for, and what was decided."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from shop.accounts.models import User
from shop.buyers.models import MemberRole, Membership, MembershipState
from shop.core import clock
from shop.notifications.models import BuyerNotice
from shop.outbox.events import Event
from shop.procurement.chain import approvals_of, deciders
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
    """On `procurement.acceptance_reported`: the approvers but who counted; without one, who counts goods."""
    report = AcceptanceReport.objects.get(pk=event.payload["report_id"])
    if report.state != ReportState.REPORTED:
        return
    counted_by = event.payload["reported_by"]
    people = members(event, but=counted_by, roles=[MemberRole.APPROVER]) or members(
        event, but=counted_by, roles=[MemberRole.BUYER, MemberRole.ACCEPTOR]
    )
    context = {"request": _request(event), "report": report}
    tell(event, "unit_acceptance_reported", people, _page("report", report.number), **context)


def _request(event: Event) -> PurchaseRequest:
    return PurchaseRequest.objects.select_related("organisation", "record").get(
        pk=event.payload["request_id"]
    )


def members(event: Event, *, but: int, roles: list[MemberRole]) -> list[User]:
    held = Membership.objects.filter(
        organisation=event.payload["organisation_id"], role__in=roles, state=MembershipState.ACTIVE
    )
    people = User.objects.filter(pk__in=held.values("user"), is_active=True).exclude(pk=but)
    return list(people.order_by("pk"))


def tell(event: Event, kind: str, people: Iterable[User], url: str, **context: object) -> None:
    """Write a notice to each, by e-mail or else by SMS; the same event again changes nothing."""
    request = context["request"]
    record_id = request.record_id if isinstance(request, PurchaseRequest) else None
    with translation.override(settings.LANGUAGE_CODE):
        shown = {"shop_name": settings.SHOP_NAME, "url": url, **context}
        subject, _line, body = render_to_string(f"emails/{kind}.txt", shown).strip().partition("\n")
    about = context.get("report", request)
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
