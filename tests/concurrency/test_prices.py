"""Two who speak about asked prices at the same moment: the second sees what the first has said."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from shop.procurement import services
from shop.procurement.exceptions import ProcurementError
from shop.procurement.price_models import PriceOffer, PriceRequest
from tests.procurement.cast import make_goods, make_union
from tests.procurement.price_cast import TEA_CO, ask, of, offer, prices

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def test_an_offer_is_taken_or_followed_by_a_counter_offer_never_both(together: Together) -> None:
    union, goods = make_union(), make_goods()
    asked = ask(union, goods)
    offer(asked, goods, 8_000)
    own: dict[str, Any] = {"scope": of(union), "number": asked.number}
    lower = prices(tea=(goods.tea.pk, 7_000, 20))
    accept = partial(services.accept_price, revision=1, actor_id=union.buyer.pk, **own)
    counter = partial(services.counter_price, offer=lower, seen=1, actor_id=union.second.pk, **own)
    results = together([accept, counter] * 3)
    asked.refresh_from_db()
    if asked.state == "accepted":
        assert (asked.revisions, PriceOffer.objects.count()) == (1, 1)
        # Accepting again is the same; every counter-offer came too late.
        assert [type(one) for one in results] == [PriceRequest, ProcurementError] * 3
    else:
        assert (asked.state, asked.revisions, PriceOffer.objects.count()) == ("countered", 2, 2)
        assert [one.code for one in results[::2]] == ["changed_meanwhile"] * 3
        assert sum(isinstance(one, PriceOffer) for one in results[1::2]) == 1


def test_an_offer_taken_while_its_supplier_gives_another_is_the_one_that_was_read(together: Together) -> None:
    union, goods = make_union(), make_goods()
    asked = ask(union, goods)
    offer(asked, goods, 8_000)
    higher = prices(tea=(goods.tea.pk, 9_000, 20))
    results = together(
        [
            partial(
                services.accept_price,
                scope=of(union),
                number=asked.number,
                revision=1,
                actor_id=union.buyer.pk,
            ),
            partial(
                services.offer_price, scope=TEA_CO, number=asked.number, offer=higher, seen=1, actor_id=1
            ),
        ]
    )
    asked.refresh_from_db()
    outcome = (asked.state, asked.revisions)
    assert outcome in (("accepted", 1), ("offered", 2))
    assert sum(isinstance(one, ProcurementError) for one in results) == 1


def test_a_form_sent_twice_at_once_asks_once(together: Together) -> None:
    union, goods = make_union(), make_goods()
    call = partial(
        services.ask_price,
        organisation_id=union.unit.pk,
        quantities={goods.tea.pk: 20},
        of_shop=False,
        actor_id=union.buyer.pk,
    )
    results = together([call] * 4)
    assert {one.pk for [one] in results} == {PriceRequest.objects.get().pk}
