"""A buyer's wish to get money back for goods that have left is decided by staff."""

import pytest

from shop.gateways.models import RefundExecution
from shop.gateways.services import execute_refunds, plan_refund
from shop.ordering.exceptions import RefundRefused
from shop.ordering.models import RefundRequest
from shop.ordering.services import UnitsOf, approve_refund, request_refund, withdraw_refund
from shop.outbox.models import OutboxMessage
from tests.factories import make_cast
from tests.fulfilment.cast import Mixed, mixed_order, ship

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def wish(mixed: Mixed, buyer_id: int, units: int = 1) -> RefundRequest:
    return request_refund(
        record_id=mixed.record.pk,
        portions=[UnitsOf(mixed.tea.pk, units)],
        by_buyer=True,
        reason="leaking",
        actor_id=buyer_id,
    )


def test_what_has_not_left_needs_nobody() -> None:
    request = wish(mixed_order(), make_cast().resident.pk)
    assert request.approved_at is not None
    assert request.approved_by is None


def test_what_has_left_waits_and_no_money_is_planned() -> None:
    mixed = mixed_order()
    ship(mixed.first)
    request = wish(mixed, make_cast().resident.pk)
    assert request.approved_at is None
    assert plan_refund(request_id=request.pk) == []
    assert execute_refunds() == 0
    assert not RefundExecution.objects.exists()
    mixed.tea.refresh_from_db()
    assert (mixed.tea.refunding_units, mixed.tea.refunding_fen) == (1, 10_000)


def test_approval_is_said_once_and_never_by_the_buyer() -> None:
    cast, mixed = make_cast(), mixed_order()
    ship(mixed.first)
    request = wish(mixed, cast.resident.pk)
    with pytest.raises(RefundRefused):
        approve_refund(request_id=request.pk, actor_id=cast.resident.pk)
    assert approve_refund(request_id=request.pk, actor_id=cast.staff.pk) is True
    assert approve_refund(request_id=request.pk, actor_id=cast.second_staff.pk) is False
    request.refresh_from_db()
    assert request.approved_by == cast.staff.pk
    assert OutboxMessage.objects.filter(topic="refund.approved").count() == 1


def test_a_refused_wish_gives_the_units_back() -> None:
    cast, mixed = make_cast(), mixed_order()
    ship(mixed.first)
    request = wish(mixed, cast.resident.pk, units=2)
    withdraw_refund(request_id=request.pk, reason="arrived whole", actor_id=cast.staff.pk)
    mixed.tea.refresh_from_db()
    assert (mixed.tea.refunding_units, mixed.tea.refunding_fen) == (0, 0)
    assert approve_refund(request_id=request.pk, actor_id=cast.staff.pk) is False
    assert not OutboxMessage.objects.filter(topic="refund.approved").exists()
