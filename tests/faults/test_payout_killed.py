"""kill −9 while statements are drawn, a list is approved and the bank's line is found: once, or not at all."""

import pytest
import time_machine

from shop.gateways import services as gateways
from shop.settlement import services
from shop.settlement.models import PayoutItem, PayoutList, SupplierStatement
from tests.gateways.bank import make_account
from tests.process import KILLED, in_process
from tests.settlement.cast import (
    NOW,
    NUMBER,
    OCTOBER,
    REVIEWER,
    TELLER,
    account,
    assert_settled,
    bank_pays,
    received,
    sale,
    seller,
    verified,
)

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = (
    "settlement.statements.before_commit",
    "settlement.payout_list.before_commit",
    "settlement.payout.before_commit",
)


def play() -> None:
    """Do what two people and the worker do; somebody whose click got no answer clicks again."""
    services.draw_statements(through=OCTOBER, demo=True, actor_id=TELLER)
    made = PayoutList.objects.first() or services.make_payout_list(demo=True, made_by=TELLER)
    services.approve_payout_list(number=made.number, approved_by=REVIEWER)
    gateways.settle_lines()
    bank_pays(("B1", "108.00", "木门茶业", NUMBER, ""))


@pytest.mark.parametrize(
    ("point", "left"), [(POINTS[0], (0, "")), (POINTS[1], (1, "waiting")), (POINTS[2], (1, "listed"))]
)
def test_a_killed_act_is_done_again_and_only_once(point: str, left: tuple[int, str]) -> None:
    with time_machine.travel(NOW, tick=False):
        make_account()
        verified(seller())
        received(sale())
    assert in_process(play, kill_at=point, at=NOW) == KILLED
    states = list(PayoutItem.objects.values_list("state", flat=True))
    assert (SupplierStatement.objects.count(), "".join(states)) == left
    for _again in range(2):
        assert in_process(play, at=NOW) == 0
    assert (SupplierStatement.objects.count(), PayoutItem.objects.get().state) == (1, "paid")
    assert account() == {"collected": 10_800, "paid": 10_800}
    assert_settled()
