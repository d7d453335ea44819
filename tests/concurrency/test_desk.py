"""Two of the staff act on one order at the same moment, and one form is sent twice at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from shop.operations.models import WorkClaim
from shop.operations.services import take_work
from shop.ordering import services as ordering
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import StockBalance
from tests.factories import make_product, make_user, place_paid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def test_one_form_acts_once_and_a_unit_is_replaced_once(together: Together) -> None:
    record = place_paid(lines=[(make_product(price_fen=10_000, stock=9), 1)])
    share = record.shares.get()
    ordering.consume_allocation(line_units={share.line_id: 1})

    def sent(key: str) -> bool:
        with transaction.atomic():
            first = ordering.take_form(record_id=record.pk, key=key, action="reship", actor_id=1)
            if first:
                ordering.request_reshipment(
                    record_id=record.pk, share_id=share.pk, units=1, reason="破损", actor_id=1
                )
        return first

    results = together([lambda key=key: sent(key) for key in ("a", "a", "b", "b")])
    said = sorted(getattr(result, "code", str(result)) for result in results)
    # One page was first; its double did nothing, and the other page finds the unit on its way already.
    assert said == ["False", "True", "units", "units"]
    assert (Reshipment.objects.count(), StockBalance.objects.get().on_hand) == (1, 7)


def test_work_taken_by_two_at_once_has_one_owner(together: Together) -> None:
    people = [make_user(phone=f"+861380000006{number}") for number in range(3)]
    results = together([lambda pk=one.pk: take_work(kind="order", key="1", user_id=pk) for one in people])
    assert not [result for result in results if isinstance(result, Exception)]
    assert WorkClaim.objects.get().user_id in {one.pk for one in people}
