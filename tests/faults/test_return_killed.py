"""kill −9 while an after-sales case is opened, agreed or its goods are taken in: all of the step, or nothing."""

from collections.abc import Callable

import pytest
import time_machine

from shop.fulfilment.returns import services
from shop.fulfilment.returns.models import ReturnRequest
from shop.ordering.models import RefundRequest, StockBalance
from tests.faults import story
from tests.fulfilment.cast import Mixed
from tests.fulfilment.returns_cast import BUYER, SUPPLIER, TEA_CO, delivered, opened
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

OPENED, AGREED, ARRIVED = POINTS = (
    "fulfilment.return_opened.before_commit",
    "fulfilment.return_agreed.before_commit",
    "fulfilment.return_arrived.before_commit",
)


def standing(mixed: Mixed) -> tuple[list[str], list[bool], tuple[int, int], int]:
    """Return the cases' states, whether each refund is approved, what is being refunded of the tea, and its stock."""
    mixed.tea.refresh_from_db()
    return (
        [str(state) for state in ReturnRequest.objects.values_list("state", flat=True)],
        [when is not None for when in RefundRequest.objects.values_list("approved_at", flat=True)],
        (mixed.tea.refunding_units, mixed.tea.refunding_fen),
        StockBalance.objects.get(stockrecord__partner_sku="tea").on_hand,
    )


def killed_then_done(act: Callable[[], object], point: str, before: object, mixed: Mixed) -> None:
    """Assert that a killed try leaves nothing, and that the next one goes through."""
    assert in_process(act, kill_at=point, at=story.START + story.PAUSE) == KILLED
    assert standing(mixed) == before
    assert in_process(act, at=story.START + 2 * story.PAUSE) == 0


def test_a_killed_step_is_whole_or_nothing() -> None:
    with time_machine.travel(story.START, tick=False):
        mixed = delivered()
    ask = {"kind": "return_refund", "reason": "not_as_described", "photos": [], "form_key": "k"}

    def begin() -> None:
        opened(mixed, {mixed.tea.pk: 2}, **ask)

    killed_then_done(begin, OPENED, ([], [], (0, 0), 47), mixed)
    # The form sent once more is the case that stands.
    assert in_process(begin, at=story.START + 3 * story.PAUSE) == 0
    case = ReturnRequest.objects.get()
    held = (2, 20_000)

    def agree() -> None:
        services.agree_return(scope=TEA_CO, case_id=case.pk, note="木门镇1号", actor_id=SUPPLIER)

    killed_then_done(agree, AGREED, (["requested"], [False], held, 47), mixed)

    def send() -> None:
        services.send_goods_back(
            case_id=case.pk, courier="邮政EMS", tracking_number="EA123456789CN", actor_id=BUYER
        )

    assert in_process(send, at=story.START + 2 * story.PAUSE) == 0

    def take_in() -> None:
        services.receive_goods_back(
            scope=TEA_CO, case_id=case.pk, good_units={mixed.tea.pk: 1}, note="", actor_id=SUPPLIER
        )

    killed_then_done(take_in, ARRIVED, (["sent_back"], [False], held, 47), mixed)
    assert in_process(take_in, at=story.START + 3 * story.PAUSE) == 0
    assert standing(mixed) == (["arrived"], [True], held, 48)
