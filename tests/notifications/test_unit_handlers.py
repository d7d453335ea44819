"""Members of a unit are told that they are waited for, and what was decided: once, and nobody else."""

import pytest
from django.test import Client

from shop.buyers.services import remove_member
from shop.notifications import unit_handlers
from shop.notifications.models import BuyerNotice
from shop.outbox.events import Event
from shop.outbox.models import OutboxMessage
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.models import PayBy
from shop.procurement.services import Counted
from tests.procurement.cast import (
    approve,
    approved,
    draft,
    give_terms,
    make_goods,
    make_union,
    shipped,
    submitted,
)
from tests.worker import drain

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    """Return kind and address of the notices about requests and reports, oldest first."""
    rows = BuyerNotice.objects.filter(kind__startswith="unit_").order_by("pk")
    return list(rows.values_list("kind", "address"))


def test_approvers_are_told_of_a_request_and_its_buyer_of_the_decision() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    # The second approver has left meanwhile; whoever submitted is never asked to approve.
    remove_member(organisation_id=union.unit.pk, user_id=union.second.pk, role="approver", actor_id=None)
    drain()
    assert told() == [("unit_request_submitted", union.approver.phone)]
    services.reject_request(request_id=request.pk, note="改 <10> 罐 & 再报", actor_id=union.approver.pk)
    drain()
    assert told()[1:] == [("unit_request_decided", union.buyer.phone)]
    row = BuyerNotice.objects.latest("pk")
    assert (row.record, row.user, row.channel) == (None, union.buyer, "sms")
    assert row.subject == f"采购申请 {request.number} 已驳回"
    assert row.body.splitlines()[0] == f"采购申请 {request.number} 已驳回：改 <10> 罐 & 再报"
    assert row.body.splitlines()[1].endswith(f"/unit/requests/{request.number}/")

    services.reopen_request(request_id=request.pk, actor_id=union.buyer.pk)
    request.refresh_from_db()
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk)
    approve(request, union.approver)
    drain()
    # Decided before the message was delivered: nobody is asked any more.
    assert [kind for kind, _address in told()[2:]] == ["unit_request_decided"]
    message = OutboxMessage.objects.get(topic="procurement.request_decided", payload__decision="approved")
    assert BuyerNotice.objects.latest("pk").record is not None
    again = Event(
        message.event_id, message.topic, 1, message.stream, message.seq, message.payload, message.occurred_at
    )
    unit_handlers.notify_buyer_of_decision(again)
    assert len(told()) == 3


def test_an_approver_is_told_of_a_report_and_the_other_members_where_there_is_none() -> None:
    union, goods = make_union(), make_goods()
    give_terms(union.unit)
    record = approved(union, goods, tea=20, pay_by=PayBy.TERMS)
    drain()
    shipped(record)
    BuyerNotice.objects.all().delete()
    report = services.report_acceptance(
        record_id=record.pk,
        counted=[Counted(record.shares.get().line_id, 20)],
        actor_id=union.second.pk,
    )
    drain()
    assert told() == [("unit_acceptance_reported", union.approver.phone)]
    row = BuyerNotice.objects.get(kind="unit_acceptance_reported")
    assert row.record == record
    assert row.subject == f"验收单 {report.number} 等待您复核"
    client = Client()
    client.force_login(union.approver)
    assert client.get(row.body.splitlines()[1].split("8000", 1)[-1]).status_code == 200

    services.withdraw_acceptance(report_id=report.pk, actor_id=union.second.pk)
    for person in (union.approver, union.second):
        remove_member(organisation_id=union.unit.pk, user_id=person.pk, role="approver", actor_id=None)
    services.report_acceptance(
        record_id=record.pk, counted=[Counted(record.shares.get().line_id, 20)], actor_id=union.second.pk
    )
    drain()
    assert told()[1:] == [("unit_acceptance_reported", union.buyer.phone)]


def test_a_request_that_came_back_says_so() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    drain()
    goods.tea.listing.price_fen += 1
    goods.tea.listing.save(update_fields=["price_fen"])
    goods.tea.price_tiers.all().delete()
    assert approve(request, union.approver).record is None
    drain()
    assert BuyerNotice.objects.latest("pk").subject == f"采购申请 {request.number} 已退回给您"


def test_a_draft_tells_nobody() -> None:
    draft(make_union(), make_goods())
    assert not OutboxMessage.objects.exists()
