"""Prices are asked, offered, countered and agreed; every word stays, and nothing holds longer than it was promised."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.listings.models import Listing
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from shop.procurement import services
from shop.procurement.agreed_prices import agreed_of, agreed_prices
from shop.procurement.approvals import bulk_quote
from shop.procurement.drafts import lines_of
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PurchaseRequest
from shop.procurement.price_asking import pasted_goods
from shop.procurement.price_models import (
    AgreedPrices,
    PriceOffer,
    PriceOfferLine,
    PriceRequest,
    PriceRequestLine,
)
from shop.procurement.price_selectors import price_requests, to_answer
from shop.suppliers.models import Supplier
from tests.procurement.cast import Goods, Union, approve, draft, make_goods, make_union
from tests.procurement.price_cast import SHOP, TEA_CO, agreed, ask, counter, of, offer, prices

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def refused(act: Any) -> str:
    """Return the code of a refusal, after which everything is as it was."""
    before = (PriceOffer.objects.count(), list(PriceRequest.objects.order_by("pk").values()))
    with pytest.raises(ProcurementError) as found:
        act()
    assert (PriceOffer.objects.count(), list(PriceRequest.objects.order_by("pk").values())) == before
    return found.value.code


def test_a_talk_of_four_revisions_ends_in_agreement_and_every_word_stays(union: Union, goods: Goods) -> None:
    asked = ask(union, goods, tea=20)
    assert (asked.state, asked.supplier, asked.waiting_since) == (
        "asked",
        Supplier.objects.get(code="tea-co"),
        asked.asked_at,
    )
    # From ten on everybody pays 95.00.
    assert list(asked.lines.values_list("sku", "quantity", "listed_fen")) == [("WC-TEA-001", 20, 9_500)]
    offer(asked, goods, 9_000)
    counter(union, asked, goods, 7_500)
    offer(asked, goods, 8_500)
    last = counter(union, asked, goods, 8_200)
    asked.refresh_from_db()
    assert (asked.state, asked.revisions, asked.open_until) == ("countered", 4, last.valid_until)
    done = services.accept_price(scope=TEA_CO, number=asked.number, revision=4, actor_id=1)
    assert (done.state, done.ended_side, done.waiting_since) == ("accepted", "supplier", None)
    assert list(PriceOffer.objects.values_list("revision", "side", "lines__unit_fen")) == [
        (1, "supplier", 9_000),
        (2, "unit", 7_500),
        (3, "supplier", 8_500),
        (4, "unit", 8_200),
    ]
    topics = OutboxMessage.objects.filter(stream=asked.number).order_by("seq")
    assert list(topics.values_list("topic", flat=True)) == [
        "price.asked",
        "price.offered",
        "price.countered",
        "price.offered",
        "price.countered",
        "price.accepted",
    ]
    acts = JournalEntry.objects.filter(object_key=asked.number).order_by("pk")
    assert [act.removeprefix("price_request.") for act in acts.values_list("action", flat=True)] == [
        "asked",
        "offered",
        "countered",
        "offered",
        "countered",
        "accepted",
    ]


@pytest.mark.parametrize("model", [PriceRequestLine, PriceOffer, PriceOfferLine])
def test_what_was_said_cannot_be_changed_or_deleted(model: Any, union: Union, goods: Goods) -> None:
    agreed(union, goods)
    column = "revision" if model is PriceOffer else "product"
    row = model.objects.first()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**{column: getattr(row, column)})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk)._raw_delete("default")
    assert model.objects.filter(pk=row.pk).exists()


def test_each_supplier_is_asked_for_its_own_goods_or_the_shop_for_all(union: Union, goods: Goods) -> None:
    wanted = {goods.tea.pk: 20, goods.pears.pk: 300}
    who: dict[str, Any] = {"organisation_id": union.unit.pk, "actor_id": union.buyer.pk, "quantities": wanted}
    each = services.ask_price(of_shop=False, **who)
    assert [(one.supplier.code, one.lines.count()) for one in each if one.supplier] == [
        ("tea-co", 1),
        ("pear-co", 1),
    ]
    # More than is in stock may be asked for, and the same form again asks nobody twice.
    assert [one.pk for one in services.ask_price(of_shop=False, **who)] == [one.pk for one in each]
    [shop] = services.ask_price(of_shop=True, **who)
    assert (shop.supplier, shop.lines.count()) == (None, 2)
    assert list(to_answer(SHOP)) == [shop]
    assert list(price_requests(TEA_CO)) == [each[0]]
    services.offer_price(
        scope=SHOP,
        number=shop.number,
        offer=prices(tea=(goods.tea.pk, 8_000, 20), pears=(goods.pears.pk, 1_500, 300)),
        seen=0,
        actor_id=1,
    )
    assert list(to_answer(SHOP)) == []


def test_only_those_whose_turn_it_is_can_speak(union: Union, goods: Goods) -> None:
    asked = ask(union, goods)
    other = make_union(code="un-002", first_phone=60)
    number, given = asked.number, prices(tea=(goods.tea.pk, 8_000, 20))
    say: dict[str, Any] = {"number": number, "offer": given, "seen": 0}
    # Another's request is as if it were not there.
    with pytest.raises(PriceRequest.DoesNotExist):
        services.counter_price(scope=of(other), actor_id=other.buyer.pk, **say)
    assert refused(lambda: services.counter_price(scope=of(union), actor_id=union.buyer.pk, **say)) == (
        "wrong_state"
    )
    assert refused(lambda: services.counter_price(scope=TEA_CO, actor_id=1, **say)) == "wrong_side"
    assert refused(lambda: services.offer_price(scope=of(union), actor_id=union.buyer.pk, **say)) == (
        "wrong_side"
    )
    assert refused(lambda: services.offer_price(scope=SHOP, actor_id=1, **say)) == "not_the_shops"
    offer(asked, goods, 8_000)
    # An approver does not agree prices, and nobody takes an offer of their own.
    accept: dict[str, Any] = {"number": number, "revision": 1}
    assert refused(lambda: services.accept_price(scope=of(union), actor_id=union.approver.pk, **accept)) == (
        "not_a_member"
    )
    assert refused(lambda: services.accept_price(scope=TEA_CO, actor_id=1, **accept)) == "wrong_state"
    Supplier.objects.filter(code="tea-co").update(state="suspended")
    late: dict[str, Any] = {"scope": TEA_CO, "number": number, "offer": given, "seen": 1, "actor_id": 1}
    assert refused(lambda: services.offer_price(**late)) == "supplier_suspended"


def test_an_offer_that_was_followed_by_another_can_not_be_taken(union: Union, goods: Goods) -> None:
    asked = ask(union, goods)
    offer(asked, goods, 8_000)
    offer(asked, goods, 9_000)
    take: dict[str, Any] = {"scope": of(union), "number": asked.number, "actor_id": union.buyer.pk}
    assert refused(lambda: services.accept_price(revision=1, **take)) == "changed_meanwhile"
    stale: dict[str, Any] = {
        "number": asked.number,
        "offer": prices(tea=(goods.tea.pk, 7_000, 20)),
        "seen": 1,
    }
    assert refused(lambda: services.counter_price(scope=of(union), actor_id=union.buyer.pk, **stale)) == (
        "changed_meanwhile"
    )
    assert services.accept_price(revision=2, **take).state == "accepted"
    assert services.accept_price(revision=2, **take).state == "accepted"
    assert OutboxMessage.objects.filter(topic="price.accepted").count() == 1
    assert refused(lambda: offer(asked, goods, 7_000)) == "wrong_state"


def test_prices_that_say_nothing_or_too_much_are_refused_at_their_field(union: Union, goods: Goods) -> None:
    asked = ask(union, goods, tea=20)
    tea, today = goods.tea.pk, clock.today()

    def give(**changes: Any) -> Any:
        found: dict[str, Any] = {"tea": (tea, 8_000, 20), "days": 14, **changes}
        return lambda: services.offer_price(
            scope=TEA_CO, number=asked.number, offer=prices(**found), seen=0, actor_id=1
        )

    assert refused(give(tea=(tea, 9_501, 20))) == "bad_price"
    assert refused(give(tea=(tea, 0, 20))) == "bad_price"
    assert refused(give(tea=(tea, 8_000, 21))) == "bad_quantity"
    assert refused(give(tea=(goods.pears.pk, 1_000, 1))) == "no_prices"
    assert refused(give(days=-1)) == "last_day"
    assert refused(give(days=181)) == "last_day"
    give(tea=(tea, 9_500, 1), days=0)()
    end = PriceOffer.objects.get().valid_until.astimezone(clock.SHANGHAI)
    assert (end.date(), end.time()) == (today + dt.timedelta(days=1), dt.time())


def test_an_offer_holds_to_the_second(union: Union, goods: Goods) -> None:
    asked = ask(union, goods)
    made = offer(asked, goods, 8_000)
    take: dict[str, Any] = {
        "scope": of(union),
        "number": asked.number,
        "revision": 1,
        "actor_id": union.buyer.pk,
    }
    with time_machine.travel(made.valid_until, tick=False):
        assert refused(lambda: services.accept_price(**take)) == "offer_expired"
    with time_machine.travel(made.valid_until - dt.timedelta(seconds=1), tick=False):
        assert services.expire_prices() == 0
        assert services.accept_price(**take).state == "accepted"


def test_what_nobody_answers_or_takes_lapses_once(union: Union, goods: Goods) -> None:
    asked, talked = ask(union, goods), ask(union, goods, tea=30)
    made = offer(talked, goods, 8_000, days=3)
    done = agreed(union, goods, days=1, tea=40)
    with time_machine.travel(made.valid_until, tick=False):
        assert (services.expire_prices(), services.expire_prices()) == (1, 0)
    talked.refresh_from_db()
    assert (talked.state, talked.ended_by, talked.ended_side) == ("expired", None, "")
    with time_machine.travel(asked.open_until, tick=False):
        assert (services.expire_prices(), services.expire_prices()) == (1, 0)
    asked.refresh_from_db()
    done.refresh_from_db()
    assert (asked.state, done.state) == ("expired", "accepted")
    assert JournalEntry.objects.filter(action="price_request.expired", actor_id=None).count() == 2


def test_a_talk_ends_with_a_reason_or_by_who_asked(union: Union, goods: Goods) -> None:
    asked, other = ask(union, goods), ask(union, goods, tea=30)
    no: dict[str, Any] = {"scope": TEA_CO, "number": asked.number, "actor_id": 1}
    assert refused(lambda: services.refuse_price(note=" ", **no)) == "note_missing"
    assert refused(lambda: services.withdraw_price(**no)) == "wrong_side"
    done = services.refuse_price(note="本季已订完", **no)
    assert (done.state, done.ended_side, done.end_note) == ("refused", "supplier", "本季已订完")
    assert services.refuse_price(note="again", **no).end_note == "本季已订完"
    own: dict[str, Any] = {"scope": of(union), "number": other.number, "actor_id": union.buyer.pk}
    assert services.withdraw_price(**own).state == "withdrawn"
    assert services.withdraw_price(**own).state == "withdrawn"
    assert refused(lambda: services.refuse_price(note="太迟了", **own)) == "wrong_state"


def test_what_cannot_be_asked_for_is_named(union: Union, goods: Goods) -> None:
    who: dict[str, Any] = {"organisation_id": union.unit.pk, "actor_id": union.buyer.pk, "of_shop": True}

    def asking(quantities: dict[int, int], **changes: Any) -> Any:
        return lambda: services.ask_price(**{**who, "quantities": quantities, **changes})

    tea = goods.tea.pk
    assert refused(asking({})) == "no_goods"
    assert refused(asking({tea: 0})) == "bad_quantity"
    assert refused(asking({tea: 1}, actor_id=union.approver.pk)) == "not_a_member"
    assert refused(asking({tea: 1}, needed_on=clock.today() - dt.timedelta(days=1))) == "needed_on"
    assert refused(asking(dict.fromkeys(range(1, 202), 1))) == "too_many_lines"
    Listing.objects.filter(product=goods.tea).update(state="withdrawn")
    assert refused(asking({tea: 1})) == "not_for_sale"
    assert PriceRequest.objects.count() == 0


def test_pasted_goods_are_summed_and_bad_rows_named(goods: Goods) -> None:
    assert pasted_goods("ＷＣ－TEA－001 500\nLQ-FRT-001,1,200\nwc-tea-001 20") == {
        goods.tea.pk: 520,
        goods.pears.pk: 1_200,
    }
    with pytest.raises(ProcurementError) as found:
        pasted_goods("WC-TEA-001 500\nWC-TEA-009 3\nLQ-FRT-001 0")
    assert str(found.value) == "第 2 行：没有货号“WC-TEA-009”。 第 3 行：“0”不是 1 到 99999 之间的数量。"


def test_a_draft_is_made_of_agreed_goods_and_asked_only_of_its_own_unit(union: Union, goods: Goods) -> None:
    asked = agreed(union, goods)
    order: dict[str, Any] = {"scope": of(union), "number": asked.number, "actor_id": union.buyer.pk}
    made = services.order_at_prices(**order)
    assert lines_of(made) == {goods.tea.pk: 20}
    assert agreed_prices(made).units == {goods.tea.pk: 8_000}
    # Pressed twice: the draft that is there.
    assert services.order_at_prices(**order).pk == made.pk
    other = make_union(code="un-002", first_phone=60)
    theirs = draft(other, goods)
    with pytest.raises(PriceRequest.DoesNotExist):
        services.order_at_prices(
            scope=of(other), number=asked.number, draft_id=theirs.pk, actor_id=other.buyer.pk
        )
    assert AgreedPrices.objects.count() == 1
    again = services.order_at_prices(draft_id=made.pk, **order)
    assert (again.pk, AgreedPrices.objects.count()) == (made.pk, 1)
    open_one = ask(union, goods, tea=30)
    assert refused(lambda: services.order_at_prices(**{**order, "number": open_one.number})) == "not_agreed"
    services.drop_prices(request_id=made.pk, number=asked.number, actor_id=union.buyer.pk)
    services.drop_prices(request_id=made.pk, number=asked.number, actor_id=union.buyer.pk)
    assert agreed_prices(made).units == {}
    steps = JournalEntry.objects.filter(object_key=made.number, action__startswith="request.prices_")
    assert list(steps.order_by("pk").values_list("action", flat=True)) == [
        "request.prices_agreed",
        "request.prices_dropped",
    ]


def test_fewer_units_than_agreed_cost_what_everybody_pays(union: Union, goods: Goods) -> None:
    asked = agreed(union, goods)
    made = services.order_at_prices(scope=of(union), number=asked.number, actor_id=union.buyer.pk)
    for units, holds in ((19, False), (20, True), (25, True)):
        services.save_quantities(
            request_id=made.pk, quantities={goods.tea.pk: units}, actor_id=union.buyer.pk
        )
        assert (goods.tea.pk in agreed_prices(made).units) is holds


def test_prices_that_are_over_are_refused_at_submission_until_they_are_taken_off(
    union: Union, goods: Goods
) -> None:
    asked = agreed(union, goods)
    request = draft(union, goods, tea=20)
    services.order_at_prices(
        scope=of(union), number=asked.number, draft_id=request.pk, actor_id=union.buyer.pk
    )
    end = agreed_of(request)[0].valid_until
    with time_machine.travel(end, tick=False):
        hand_in: dict[str, Any] = {"request_id": request.pk, "actor_id": union.buyer.pk}
        digest = bulk_quote(request).digest
        assert refused(lambda: services.submit_request(digest=digest, **hand_in)) == "offer_expired"
        request.refresh_from_db()
        assert request.state == "draft"
        assert refused(
            lambda: services.order_at_prices(scope=of(union), number=asked.number, actor_id=union.buyer.pk)
        ) == ("offer_expired")
        services.drop_prices(number=asked.number, **hand_in)
        assert services.submit_request(digest=bulk_quote(request).digest, **hand_in).state == "submitted"
        assert request.lines.get().unit_fen == 9_500


def test_an_order_is_placed_at_the_agreed_prices_while_they_hold(union: Union, goods: Goods) -> None:
    request = _submitted_at_agreed(union, goods)
    assert (request.lines.get().unit_fen, request.goods_fen) == (8_000, 160_000)
    end = agreed_of(request)[0].valid_until
    with time_machine.travel(end - dt.timedelta(seconds=1), tick=False):
        decision = approve(request, union.approver)
    assert decision.record is not None, decision.changes
    share = decision.record.shares.get()
    assert (share.units, share.fen) == (20, 160_000)


def test_at_the_approval_prices_that_are_over_send_the_request_back_with_words(
    union: Union, goods: Goods
) -> None:
    request = _submitted_at_agreed(union, goods)
    [used] = agreed_of(request)
    with time_machine.travel(used.valid_until, tick=False):
        decision = approve(request, union.approver)
        request.refresh_from_db()
    day = f"{used.valid_until.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    assert decision.record is None
    assert decision.changes[0] == f"{used.number} 议定的价格有效至 {day}，请取消使用或重新询价。"
    assert decision.changes[1] == "“黄茶”：提交时单价 ¥80.00，现为 ¥95.00。"
    assert (request.state, OrderRecord.objects.count()) == ("draft", 0)


def _submitted_at_agreed(union: Union, goods: Goods) -> PurchaseRequest:
    asked = agreed(union, goods)
    request = draft(union, goods, tea=20)
    services.order_at_prices(
        scope=of(union), number=asked.number, draft_id=request.pk, actor_id=union.buyer.pk
    )
    return services.submit_request(
        request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk
    )
