"""Two people move or send back the same surplus at the same moment: Σ never exceeds what is left."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.core.exceptions import ShopError
from shop.gateways import services
from shop.gateways.models import Payment
from shop.gateways.money_models import MoneyMove
from tests.factories import make_cast
from tests.gateways.bank import bring, came
from tests.gateways.cast import DUE, order, states, topics, transfer_order
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def test_the_same_surplus_moved_and_sent_back_at_once(together: Callable[..., list[Any]]) -> None:
    cast = make_cast()
    _first, attempt = transfer_order(buyer=cast.resident)
    [line] = bring(cast, came("S1", "400.00", attempt.reference))
    payment_id, second = line.payment_id or 0, order(buyer=cast.resident)

    def propose(who: int) -> int:
        return services.propose_move(
            payment_id=payment_id, order_number=second.number, reason="多付", proposed_by=who
        ).pk

    def give_back() -> int:
        return services.propose_return(payment_id=payment_id, requested_by=cast.staff.pk).pk

    def refused(answer: Any) -> bool:
        return isinstance(answer, ShopError) and answer.code == "nothing_left"

    answers = together([lambda: propose(cast.finance.pk), give_back, lambda: propose(cast.staff.pk)])
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert sum(refused(answer) for answer in answers) == 2
    if not MoneyMove.objects.exists():
        services.withdraw_return(
            execution_id=next(one for one in answers if isinstance(one, int)), actor_id=1
        )
        propose(cast.finance.pk)
    move = MoneyMove.objects.get()
    people = [cast.second_finance.pk, cast.second_staff.pk] * 2
    parts = together(
        [lambda who=who: services.approve_move(move_id=move.pk, approved_by=who).pk for who in people]
    )
    assert len(set(parts)) == 1
    assert states(second) == ("paid", "released", DUE, "")
    assert topics("unapplied.moved") == ["unapplied.moved"]
    assert Payment.objects.get(pk=payment_id).moved_fen == DUE
    drain()
    assert_kept()
