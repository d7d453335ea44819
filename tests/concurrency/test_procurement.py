"""Two approvers at the same moment, and a request killed in the middle of its approval."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.ordering.models import OrderRecord, StockBalance
from shop.procurement import services
from shop.procurement.models import PurchaseRequest
from tests.process import KILLED, in_process
from tests.procurement.cast import make_goods, make_union, submitted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def test_two_approvals_at_once_place_one_order(together: Callable[..., list[Any]]) -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)

    def approve(actor: int) -> Callable[[], Any]:
        return lambda: services.approve_request(request_id=request.pk, actor_id=actor).record

    results = together([approve(union.approver.pk), approve(union.second.pk)] * 3)
    assert {result.pk for result in results} == {OrderRecord.objects.get().pk}
    assert StockBalance.objects.get(pool="bulk", allocated__gt=0).allocated == 20


def test_an_approval_killed_before_its_end_leaves_the_request_to_be_approved_again() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)

    def approve() -> None:
        services.approve_request(request_id=request.pk, actor_id=union.approver.pk)

    # Both points lie inside the approval's transaction: the order is not there without its request.
    for point in ("ordering.place.before_commit", "ordering.place.after_commit"):
        assert in_process(approve, kill_at=point) == KILLED
        assert (PurchaseRequest.objects.get().state, OrderRecord.objects.count()) == ("submitted", 0)
    assert in_process(approve) == 0
    assert (PurchaseRequest.objects.get().state, OrderRecord.objects.count()) == ("placed", 1)
    assert in_process(approve) == 0
    assert OrderRecord.objects.count() == 1
