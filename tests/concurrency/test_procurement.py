"""Approvals at the same moment, raced with an edit, and killed in the middle."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.accounts.models import User
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.ordering.models import OrderRecord, StockBalance
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.budget_services import save_plan, set_limit
from shop.procurement.models import PurchaseRequest
from tests.process import KILLED, in_process
from tests.procurement.cast import approve, make_goods, make_union, seen_of, submitted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def test_two_approvals_at_once_place_one_order(together: Callable[..., list[Any]]) -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)

    def by(person: User) -> Callable[[], Any]:
        return lambda: approve(request, person).record

    results = together([by(union.approver), by(union.second)] * 3)
    assert {result.pk for result in results} == {OrderRecord.objects.get().pk}
    assert StockBalance.objects.get(pool="bulk", allocated__gt=0).allocated == 20


def test_an_approval_raced_with_an_edit_never_orders_what_was_not_seen(
    together: Callable[..., list[Any]],
) -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    seen = seen_of(request)

    def edit() -> None:
        services.reopen_request(request_id=request.pk, actor_id=union.buyer.pk)
        services.save_quantities(
            request_id=request.pk, quantities={goods.tea.pk: 90}, actor_id=union.buyer.pk
        )
        digest = bulk_quote(PurchaseRequest.objects.get(pk=request.pk)).digest
        services.submit_request(request_id=request.pk, digest=digest, actor_id=union.buyer.pk)

    def say_yes() -> Any:
        return services.approve_request(request_id=request.pk, seen=seen, actor_id=union.approver.pk)

    edited, approved = together([edit, say_yes])
    request.refresh_from_db()
    if request.state == "placed":
        # The approval was first: what was seen is what was ordered, and the edit found nothing to change.
        assert isinstance(edited, ShopError)
        assert (approved.record, request.lines.get().quantity) == (request.record, 20)
        return
    assert isinstance(approved, ShopError)
    assert approved.code in ("wrong_state", "changed_since_seen")
    with pytest.raises(ShopError) as refused:
        say_yes()
    assert (edited, refused.value.code) == (None, "changed_since_seen")
    assert (request.state, request.lines.get().quantity) == ("submitted", 90)
    assert not OrderRecord.objects.exists()


@pytest.mark.parametrize("rule", ["limit", "plan"])
def test_of_two_approvals_at_once_one_takes_the_rest_of_a_budget(
    together: Callable[..., list[Any]], rule: str
) -> None:
    union, goods = make_union(), make_goods()
    requests = [submitted(union, goods, tea=20) for _number in range(3)]
    whose = {"organisation_id": union.unit.pk, "actor_id": union.approver.pk}
    if rule == "limit":
        set_limit(period="year", limit_fen=379_999, starts_on=clock.today(), **whose)
    else:
        plan = save_plan(
            year=clock.today().year, festival="spring", headcount=1, per_head_fen=379_999, **whose
        )
        PurchaseRequest.objects.update(plan=plan)

    seen = [seen_of(request) for request in requests]

    def say_yes(number: int) -> Callable[[], str]:
        def act() -> str:
            try:
                services.approve_request(
                    request_id=requests[number].pk, seen=seen[number], actor_id=union.approver.pk
                )
            except ShopError as refused:
                return refused.code
            return "placed"

        return act

    results = together([say_yes(number) for number in range(3)])
    assert sorted(results) == [f"over_{rule}", f"over_{rule}", "placed"]
    assert [record.due_fen for record in OrderRecord.objects.all()] == [190_000]


def test_an_approval_killed_before_its_end_leaves_the_request_to_be_approved_again() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)

    def one() -> None:
        approve(request, union.approver)

    # Both points lie inside the approval's transaction: the order is not there without its request.
    for point in ("ordering.place.before_commit", "ordering.place.after_commit"):
        assert in_process(one, kill_at=point) == KILLED
        assert (PurchaseRequest.objects.get().state, OrderRecord.objects.count()) == ("submitted", 0)
    assert in_process(one) == 0
    assert (PurchaseRequest.objects.get().state, OrderRecord.objects.count()) == ("placed", 1)
    assert in_process(one) == 0
    assert OrderRecord.objects.count() == 1
