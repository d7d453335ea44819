"""Goods that a replacement is asked for are in dispute until it has come; the courier, the buyer or time says so."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.core.states import WrongMove
from shop.fulfilment.reshipping import confirm_due_replacements, replacements_going_back
from shop.fulfilment.returns import services
from shop.fulfilment.returns.models import ReturnItem, ReturnRequest
from shop.fulfilment.tracking_models import ReplacementStep
from shop.journal.models import JournalEntry
from shop.ordering.desk_models import Reshipment
from shop.ordering.reshipments import record_reship_signed, record_reshipped
from shop.outbox.models import OutboxMessage
from tests.fulfilment.cast import Mixed
from tests.fulfilment.returns_cast import BUYER, STAFF, SUPPLIER, TEA_CO, delivered, opened

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def told(mixed: Mixed) -> list[tuple[str, dict[str, int]]]:
    """Return the messages about disputes and money, in order: topic without its end, units by product."""
    names = {share.source_key: share.dims["product"] for share in (mixed.tea, mixed.honey, mixed.pears)}
    topics = ("dispute.opened", "dispute.settled", "refund.requested")
    rows = OutboxMessage.objects.filter(topic__in=topics).order_by("seq")
    return [
        (row.topic, {names[item["source_key"]]: item["units"] for item in row.payload["items"]})
        for row in rows
    ]


def agreed(mixed: Mixed, units: dict[int, int] | None = None) -> ReturnRequest:
    case = opened(mixed, units, kind="replace")
    return services.agree_return(scope=TEA_CO, case_id=case.pk, actor_id=SUPPLIER)


def sent(case: ReturnRequest) -> list[Reshipment]:
    """Hand the replacements of a case to the courier."""
    found = [item.reshipment for item in case.items.select_related("reshipment")]
    return [
        record_reshipped(
            reshipment_id=one.pk, courier="邮政EMS", tracking_number=f"EA{one.pk:09d}CN", actor_id=SUPPLIER
        )
        for one in found
        if one is not None
    ]


def come(one: Reshipment) -> None:
    """Let a replacement be signed for, and do the worker's part twice."""
    record_reship_signed(reshipment_id=one.pk, signed_at=clock.now(), actor_id=None, reason="kuaidi100")
    for _ in range(2):
        services.settle_replaced_goods(reshipment_id=one.pk)


def disputed() -> list[bool]:
    return list(ReturnItem.objects.order_by("pk").values_list("disputed", flat=True))


def test_the_goods_are_in_dispute_from_the_request_until_each_replacement_has_come() -> None:
    mixed = delivered()
    case = agreed(mixed, {mixed.tea.pk: 2, mixed.honey.pk: 1})
    assert told(mixed) == [("dispute.opened", {"tea": 2, "honey": 1})]
    tea, honey = sent(case)
    assert disputed() == [True, True]
    come(tea)
    assert disputed() == [False, True]
    come(honey)
    assert told(mixed)[1:] == [("dispute.settled", {"tea": 2}), ("dispute.settled", {"honey": 1})]


def test_only_replacements_are_about_goods_in_dispute() -> None:
    mixed = delivered()
    opened(mixed)
    assert told(mixed) == [("refund.requested", {"tea": 1})]


@pytest.mark.parametrize("end", ["withdrawn", "refused", "closed"])
def test_a_case_without_a_replacement_ends_the_dispute_once(end: str) -> None:
    mixed = delivered()
    case = opened(mixed, kind="replace")
    if end == "withdrawn":
        for _ in range(2):
            services.withdraw_return(case_id=case.pk, actor_id=BUYER)
    elif end == "refused":
        services.refuse_return(scope=TEA_CO, case_id=case.pk, note="包装完好", actor_id=SUPPLIER)
    else:
        services.escalate_return(case_id=case.pk, by=services.By.SUPPLIER, note="看不清", actor_id=SUPPLIER)
        services.decide_return(case_id=case.pk, decision=services.Decision.CLOSE, note="不换", actor_id=STAFF)
    assert told(mixed) == [("dispute.opened", {"tea": 1}), ("dispute.settled", {"tea": 1})]


def test_a_refusal_that_the_buyer_does_not_take_opens_it_again_and_money_ends_it_first() -> None:
    mixed = delivered()
    case = opened(mixed, kind="replace")
    services.refuse_return(scope=TEA_CO, case_id=case.pk, note="包装完好", actor_id=SUPPLIER)
    services.escalate_return(case_id=case.pk, by=services.By.BUYER, note="有照片", actor_id=BUYER)
    services.decide_return(case_id=case.pk, decision=services.Decision.REFUND, note="退款", actor_id=STAFF)
    tea = {"tea": 1}
    assert told(mixed) == [
        ("dispute.opened", tea),
        ("dispute.settled", tea),
        ("dispute.opened", tea),
        ("dispute.settled", tea),
        ("refund.requested", tea),
    ]


def test_the_buyer_says_that_it_has_come() -> None:
    mixed = delivered()
    case = agreed(mixed)
    with pytest.raises(WrongMove):
        services.receive_replacement(case_id=case.pk, actor_id=BUYER)
    [one] = sent(case)
    for _ in range(2):
        services.receive_replacement(case_id=case.pk, actor_id=BUYER)
    one.refresh_from_db()
    assert (one.state, one.signed_at is not None) == ("signed", True)
    assert OutboxMessage.objects.filter(topic="reshipment.signed").count() == 1
    step = JournalEntry.objects.get(action="reshipment.signed")
    assert (step.actor_id, step.reason) == (BUYER, "buyer")


def test_fifteen_days_without_a_word_it_is_taken_as_come_unless_it_goes_back() -> None:
    mixed = delivered()
    case = agreed(mixed, {mixed.tea.pk: 1, mixed.honey.pk: 1})
    tea, honey = sent(case)
    ReplacementStep.objects.create(
        reshipment=honey, at=clock.now(), digest="d", text="拒收", status="refused", recorded_at=clock.now()
    )
    assert list(replacements_going_back(SYSTEM)) == [honey]
    assert not replacements_going_back(TEA_CO).exclude(pk=honey.pk).exists()
    assert tea.shipped_at is not None
    with at(tea.shipped_at + dt.timedelta(days=15, seconds=-1)):
        assert confirm_due_replacements() == 0
    with at(tea.shipped_at + dt.timedelta(days=15)):
        assert [confirm_due_replacements(), confirm_due_replacements()] == [1, 0]
    tea.refresh_from_db()
    honey.refresh_from_db()
    assert (tea.state, honey.state) == ("signed", "shipped")
    assert JournalEntry.objects.get(action="reshipment.signed").reason == "after_shipped"


def test_a_replacement_that_was_not_sent_cannot_have_come() -> None:
    case = agreed(delivered())
    one = case.items.get().reshipment
    assert one is not None
    before = OutboxMessage.objects.count()
    with pytest.raises(WrongMove):
        record_reship_signed(reshipment_id=one.pk, signed_at=clock.now(), actor_id=None, reason="x")
    assert OutboxMessage.objects.count() == before


def at(moment: dt.datetime) -> Any:
    return time_machine.travel(moment, tick=False)
