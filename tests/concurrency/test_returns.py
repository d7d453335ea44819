"""Two people act on one after-sales case at the same moment: one of them is told, and the money adds up."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.fulfilment import services as fulfilment
from shop.fulfilment.returns import services
from shop.fulfilment.returns.models import ReturnRequest
from shop.ordering.models import RefundRequest
from tests.fulfilment.cast import mixed_order, ship
from tests.fulfilment.returns_cast import (
    BUYER,
    SECOND_STAFF,
    STAFF,
    SUPPLIER,
    TEA_CO,
    delivered,
    opened,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def codes(results: list[Any]) -> list[str]:
    """Return what each call came to: the state, or the refusal's code."""
    return sorted(
        str(getattr(result, "code", None) or getattr(result, "state", result)) for result in results
    )


def test_the_buyer_withdraws_while_the_supplier_agrees(together: Together) -> None:
    mixed = delivered()
    for _ in range(3):
        case = opened(mixed, photos=[], reason="missing")
        results = together(
            [
                lambda pk=case.pk: services.withdraw_return(case_id=pk, actor_id=BUYER),
                lambda pk=case.pk: services.agree_return(scope=TEA_CO, case_id=pk, actor_id=SUPPLIER),
            ]
        )
        case.refresh_from_db()
        refund = RefundRequest.objects.get(of_return=case.number)
        if case.state == "withdrawn":
            assert codes(results) == ["withdrawn", "wrong_state"]
            assert (refund.state, refund.approved_at) == ("withdrawn", None)
        else:
            assert codes(results) == ["agreed", "on_its_way"]
            assert (refund.state, refund.approved_by) == ("requested", SUPPLIER)


def test_two_staff_decide_and_one_decision_holds(together: Together) -> None:
    case = opened(delivered(), photos=[], reason="missing")
    services.escalate_return(case_id=case.pk, by=services.By.SUPPLIER, note="看不清", actor_id=SUPPLIER)
    results = together(
        [
            lambda who=who, what=what: services.decide_return(
                case_id=case.pk, decision=services.Decision(what), note="照片清楚", actor_id=who
            )
            for who, what in ((STAFF, "agree"), (SECOND_STAFF, "close"))
        ]
    )
    case.refresh_from_db()
    assert codes(results) == sorted([case.state, "wrong_state"])
    refund = RefundRequest.objects.get()
    assert refund.state == ("requested" if case.state == "agreed" else "withdrawn")


def test_the_same_units_are_asked_for_once(together: Together) -> None:
    mixed = delivered()
    results = together(
        [lambda: opened(mixed, {mixed.tea.pk: 2}, photos=[], reason="missing") for _ in range(3)]
    )
    assert codes(results) == ["requested", "units", "units"]
    mixed.tea.refresh_from_db()
    assert (mixed.tea.refunding_units, mixed.tea.refunding_fen) == (2, 20_000)
    assert ReturnRequest.objects.count() == 1


def test_a_form_pressed_twice_opens_one_case(together: Together) -> None:
    mixed = delivered()
    results = together([lambda: opened(mixed, photos=[], reason="missing", form_key="k") for _ in range(2)])
    assert len({case.pk for case in results}) == 1
    assert RefundRequest.objects.count() == 1


def test_a_case_and_the_receipt_of_its_parcel_get_on_together(together: Together) -> None:
    mixed = mixed_order()
    parcel = ship(mixed.first)
    results = together(
        [
            lambda: opened(mixed, {mixed.tea.pk: 1}, photos=[], reason="missing"),
            lambda: fulfilment.confirm_receipt(
                record_id=mixed.record.pk, actor_id=BUYER, parcel_ids=[parcel.pk]
            ),
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)]
    mixed.tea.refresh_from_db()
    parcel.refresh_from_db()
    assert (mixed.tea.refunding_units, mixed.tea.refunding_fen, parcel.state) == (1, 10_000, "received")


def test_an_answer_at_the_last_moment_and_the_clock(together: Together) -> None:
    case = opened(delivered(), photos=[], reason="missing")
    ReturnRequest.objects.filter(pk=case.pk).update(due_at=case.opened_at)
    together(
        [
            services.watch_returns,
            lambda: services.agree_return(scope=TEA_CO, case_id=case.pk, actor_id=SUPPLIER),
        ]
    )
    case.refresh_from_db()
    refund = RefundRequest.objects.get()
    assert (case.state, refund.approved_by) in (("agreed", SUPPLIER), ("escalated", None))
