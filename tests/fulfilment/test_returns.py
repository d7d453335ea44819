"""After-sales: who may ask for what until when, what each answer does to money, goods and figures - to the fen."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.states import WrongMove
from shop.files.models import StoredFile
from shop.fulfilment import services as fulfilment
from shop.fulfilment.models import FulfilmentRule, SupplierOrder
from shop.fulfilment.returns import ends, services, steps
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.rules import claimable
from shop.fulfilment.returns.selectors import returns, steps_of
from shop.journal.models import JournalEntry
from shop.listings.models import Listing, ReturnRule
from shop.ordering import services as ordering
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import LineShare, RefundRequest, StockBalance
from shop.ordering.reshipments import cancel_reshipment, record_reshipped
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, place_paid
from tests.fulfilment.cast import mixed_order, ship
from tests.fulfilment.returns_cast import (
    BUYER,
    PEAR_CO,
    SECOND_STAFF,
    STAFF,
    SUPPLIER,
    TEA_CO,
    claim,
    delivered,
    opened,
    photo,
    sign,
)

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def agree(case: ReturnRequest, **fields: Any) -> ReturnRequest:
    return services.agree_return(scope=TEA_CO, case_id=case.pk, actor_id=SUPPLIER, **fields)


def decide(case: ReturnRequest, decision: str, actor_id: int = STAFF) -> ReturnRequest:
    return services.decide_return(
        case_id=case.pk, decision=services.Decision(decision), note="照片清楚", actor_id=actor_id
    )


def held(share: LineShare) -> tuple[int, int, int]:
    """Return units and fen being refunded, and fen refunded."""
    share.refresh_from_db()
    return (share.refunding_units, share.refunding_fen, share.refunded_fen)


def on_hand(sku: str) -> int:
    return StockBalance.objects.get(stockrecord__partner_sku=sku).on_hand


def written() -> tuple[int, ...]:
    """Return how much of everything there is: a refusal leaves it as it is."""
    kinds = (ReturnRequest, RefundRequest, Reshipment, JournalEntry, OutboxMessage, StoredFile)
    return tuple(kind.objects.count() for kind in kinds)


def refused(call: Callable[[], object]) -> ShopError:
    """Return the refusal of a call that must leave nothing behind."""
    before = written()
    with pytest.raises(ShopError) as error, transaction.atomic():
        call()
    assert written() == before
    return error.value


def test_opening_holds_the_money_and_gives_the_supplier_two_days() -> None:
    mixed = delivered()
    case = opened(mixed, {mixed.tea.pk: 2, mixed.honey.pk: 1}, details=" 罐子碎了 ")
    assert (case.number, case.state, case.fen) == (f"{mixed.record.number}-A1", "requested", 23_000)
    assert case.details == "罐子碎了"
    assert case.due_at == case.opened_at + dt.timedelta(hours=48)
    assert (held(mixed.tea), held(mixed.honey)) == ((2, 20_000, 0), (1, 3_000, 0))
    refund = case.refund
    assert refund is not None
    assert (refund.of_return, refund.approved_at, refund.fen) == (case.number, None, 23_000)
    assert [(item.units, item.fen) for item in case.items.all()] == [(2, 20_000), (1, 3_000)]
    photos = StoredFile.objects.filter(owner_type="return", owner_key=str(case.pk))
    assert [(one.name, one.uploaded_by) for one in photos] == [("jar.png", BUYER)]
    assert OutboxMessage.objects.filter(topic="return.requested").count() == 1


def test_no_other_queue_decides_the_money_of_a_case() -> None:
    case = opened(delivered())
    assert case.refund is not None
    pk = case.refund.pk
    assert refused(lambda: ordering.approve_refund(request_id=pk, actor_id=STAFF)).code == "of_return"
    answer = refused(lambda: ordering.withdraw_refund(request_id=pk, reason="x", actor_id=STAFF))
    assert answer.code == "of_return"


def test_agreeing_lets_the_money_go_and_its_execution_ends_the_case() -> None:
    mixed = delivered()
    case = agree(opened(mixed))
    assert (case.state, case.due_at) == ("agreed", None)
    assert case.refund is not None
    assert RefundRequest.objects.get().approved_by == SUPPLIER
    ordering.record_refund_result(request_id=case.refund.pk, ok=True, parts=[("demo:x", 10_000)])
    done = services.finish_refunded_return(refund_number=case.refund.number)
    assert done is not None
    assert done.state == "refunded"
    again = services.finish_refunded_return(refund_number=case.refund.number)
    assert again is not None
    assert (again.state, held(mixed.tea)) == ("refunded", (0, 0, 10_000))
    # Refunding goods that the buyer keeps puts nothing on the shelf.
    assert on_hand("tea") == 47


def test_less_than_the_goods_are_worth_is_a_lower_price_and_takes_no_units() -> None:
    mixed = delivered()
    case = opened(mixed, {mixed.tea.pk: 1, mixed.honey.pk: 2}, amount_fen=1_001)
    # 1001 fen over 10000 and 6000: largest remainder.
    assert [item.fen for item in case.items.all()] == [626, 375]
    assert (case.goods_kept, case.fen, held(mixed.tea), held(mixed.honey)) == (
        True,
        1_001,
        (0, 626, 0),
        (0, 375, 0),
    )


@pytest.mark.parametrize("amount", [0, 10_001])
def test_an_amount_is_capped_to_the_fen(amount: int) -> None:
    mixed = delivered()
    answer = refused(lambda: opened(mixed, amount_fen=amount))
    assert (answer.code, answer.field) == ("amount", "amount")
    assert "100.00" in str(answer)


def test_two_cases_never_hold_more_than_the_goods_are_worth() -> None:
    mixed = delivered()
    opened(mixed, {mixed.tea.pk: 2})
    assert refused(lambda: opened(mixed, {mixed.tea.pk: 2})).code == "units"
    opened(mixed, {mixed.tea.pk: 1})
    assert held(mixed.tea) == (3, 30_000, 0)
    assert refused(lambda: opened(mixed, {mixed.tea.pk: 1})).code == "units"


def test_a_form_sent_twice_opens_one_case() -> None:
    mixed = delivered()
    first, second = (opened(mixed, form_key="k1", photos=[photo()]) for _ in range(2))
    assert first.pk == second.pk
    assert (ReturnRequest.objects.count(), StoredFile.objects.count()) == (1, 1)


def test_what_was_not_shipped_or_is_another_suppliers_cannot_be_asked_for() -> None:
    mixed = mixed_order()
    ship(mixed.first, {mixed.tea.pk: 2})
    goods = {one.share.dims["product"]: one.units for one in claimable(mixed.first)}
    assert goods == {"tea": 2, "honey": 0}
    for units in ({mixed.tea.pk: 3}, {mixed.honey.pk: 1}, {mixed.pears.pk: 1}, {0: 1}):
        assert refused(partial(opened, mixed, units)).code == "units"
    assert refused(lambda: opened(mixed, {})).code == "units"
    assert refused(lambda: opened(mixed, {mixed.tea.pk: -1})).code == "units"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reason": "damaged", "photos": []}, "photos"),
        ({"reason": "spoiled", "photos": []}, "photos"),
        ({"reason": "wrong_goods", "photos": []}, "photos"),
        ({"reason": "gift"}, "reason"),
        ({"kind": "gift"}, "kind"),
        ({"reason": "changed_mind", "kind": "refund_only"}, "kind"),
        ({"reason": "missing", "kind": "return_refund"}, "kind"),
        ({"details": "长" * 501}, "too_long"),
    ],
)
def test_a_claim_without_its_proof_is_refused_by_field(fields: dict[str, Any], code: str) -> None:
    mixed = delivered()
    assert refused(lambda: opened(mixed, **fields)).code == code


def test_missing_pieces_need_no_photo_but_faults_of_fresh_goods_do() -> None:
    mixed = delivered()
    assert opened(mixed, reason="missing", photos=[]).state == "requested"
    assert opened(mixed, reason="not_as_described", photos=[]).state == "requested"
    mixed.tea.refresh_from_db()
    fresh = {"rule": ReturnRule.NO_RETURN_FRESH, "no_reason_days": 0, "claim_hours": 24}
    LineShare.objects.filter(pk=mixed.tea.pk).update(return_terms=fresh)
    assert refused(lambda: opened(mixed, reason="not_as_described", photos=[])).code == "photos"


def test_an_order_keeps_the_terms_it_was_placed_under() -> None:
    mixed = delivered()
    assert mixed.tea.return_terms == {"rule": "seven_days", "no_reason_days": 7, "claim_hours": 360}
    Listing.objects.filter(sku="tea").update(return_rule=ReturnRule.NO_RETURN_FRESH)
    case = opened(mixed, kind="return_refund", reason="changed_mind", photos=[])
    assert case.goods_back is True


def test_the_time_runs_from_the_day_it_was_signed_for() -> None:
    with time_machine.travel("2026-03-01T10:00:00+08:00", tick=False):
        mixed = mixed_order()
        sign(mixed.first)
    # Seven days from the day after, to midnight: the eighth of March is the last.
    with time_machine.travel("2026-03-08T23:59:00+08:00", tick=False):
        opened(mixed, kind="return_refund", reason="changed_mind", photos=[])
    with time_machine.travel("2026-03-09T00:01:00+08:00", tick=False):
        late = refused(lambda: opened(mixed, kind="return_refund", reason="changed_mind", photos=[]))
        assert (late.code, "2026-03-09 00:00" in str(late)) == ("too_late", True)
        opened(mixed)
    with time_machine.travel("2026-03-16T10:00:01+08:00", tick=False):
        assert refused(lambda: opened(mixed)).code == "too_late"


def test_fresh_goods_know_only_faults_within_hours() -> None:
    with time_machine.travel("2026-03-01T10:00:00+08:00", tick=False):
        mixed = mixed_order()
        fresh = {"rule": "no_return_fresh", "no_reason_days": 0, "claim_hours": 24}
        LineShare.objects.filter(pk=mixed.tea.pk).update(return_terms=fresh)
        ship(mixed.first)
    with time_machine.travel("2026-03-20T10:00:00+08:00", tick=False):
        # On its way for long: no time has run.
        assert opened(mixed, reason="not_arrived", photos=[]).state == "requested"
        parcel = mixed.first.parcels.get()
        services_signed(parcel.pk)
        wrong = refused(lambda: opened(mixed, kind="return_refund", reason="changed_mind", photos=[]))
        assert wrong.code == "no_reason"
    with time_machine.travel("2026-03-21T10:00:00+08:00", tick=False):
        assert opened(mixed).state == "requested"
    with time_machine.travel("2026-03-21T10:00:01+08:00", tick=False):
        assert refused(lambda: opened(mixed)).code == "too_late"


def services_signed(parcel_id: int) -> None:
    """Let the courier tell that a parcel was signed for now."""
    fulfilment.record_signed(parcel_id=parcel_id, signed_at=clock.now(), actor_id=None)


def test_refusing_gives_the_money_back_and_the_buyer_may_ask_the_shop() -> None:
    mixed = delivered()
    case = opened(mixed)
    refuse = lambda note: services.refuse_return(scope=TEA_CO, case_id=case.pk, note=note, actor_id=SUPPLIER)
    assert refused(lambda: refuse("  ")).code == "required"
    case = refuse("包装完好")
    assert (case.state, held(mixed.tea)) == ("refused", (0, 0, 0))
    assert case.due_at == case.state_since + dt.timedelta(days=7)
    case = services.escalate_return(case_id=case.pk, by=services.By.BUYER, note="有照片", actor_id=BUYER)
    assert (case.state, held(mixed.tea)) == ("escalated", (1, 10_000, 0))
    assert RefundRequest.objects.count() == 2
    case = decide(case, "agree")
    assert case.state == "agreed"
    assert list(RefundRequest.objects.order_by("pk").values_list("state", "approved_by")) == [
        ("withdrawn", None),
        ("requested", STAFF),
    ]


def test_the_buyer_cannot_pass_the_supplier_by_or_ask_too_late() -> None:
    mixed = delivered()
    case = opened(mixed)
    ask = lambda: services.escalate_return(case_id=case.pk, by=services.By.BUYER, note="快点", actor_id=BUYER)
    assert isinstance(refused(ask), WrongMove)
    services.refuse_return(scope=TEA_CO, case_id=case.pk, note="包装完好", actor_id=SUPPLIER)
    with time_machine.travel(clock.now() + dt.timedelta(days=7, minutes=1)):
        assert refused(ask).code == "too_late"


def test_the_shop_closes_a_case_and_the_money_goes_back_where_it_was() -> None:
    mixed = delivered()
    case = opened(mixed)
    services.escalate_return(
        case_id=case.pk, scope=TEA_CO, by=services.By.SUPPLIER, note="看不清", actor_id=SUPPLIER
    )
    case = decide(case, "close")
    assert (case.state, held(mixed.tea), RefundRequest.objects.get().state) == (
        "closed",
        (0, 0, 0),
        "withdrawn",
    )
    assert isinstance(refused(lambda: decide(case, "agree", SECOND_STAFF)), WrongMove)


def test_nobody_decides_about_their_own_case() -> None:
    mixed = delivered()
    case = opened(mixed, actor_id=SUPPLIER)
    assert refused(lambda: agree(case)).code == "four_eyes"
    services.escalate_return(case_id=case.pk, by=services.By.SUPPLIER, note="x", actor_id=SUPPLIER)
    assert refused(lambda: decide(case, "agree", SUPPLIER)).code == "four_eyes"


def test_another_suppliers_case_does_not_exist() -> None:
    case = opened(delivered())
    for call in (
        lambda: services.agree_return(scope=PEAR_CO, case_id=case.pk, actor_id=SUPPLIER),
        lambda: services.refuse_return(scope=PEAR_CO, case_id=case.pk, note="x", actor_id=SUPPLIER),
        lambda: services.receive_goods_back(
            scope=PEAR_CO, case_id=case.pk, good_units={}, note="", actor_id=SUPPLIER
        ),
        lambda: services.escalate_return(
            scope=PEAR_CO, case_id=case.pk, by=services.By.SUPPLIER, note="x", actor_id=SUPPLIER
        ),
    ):
        before = written()
        with pytest.raises(ReturnRequest.DoesNotExist):
            call()
        assert written() == before
    assert not returns(PEAR_CO).exists()
    assert returns(TEA_CO).get() == case


def test_returned_goods_are_looked_at_before_the_money_goes() -> None:
    mixed = delivered()
    case = opened(mixed, {mixed.tea.pk: 2}, kind="return_refund", reason="changed_mind", photos=[])
    assert refused(lambda: agree(case)).code == "required"
    case = agree(case, note="陈供应 13800000021 木门镇1号")
    assert case.waits_for_goods
    assert case.due_at == case.state_since + dt.timedelta(days=7)
    assert RefundRequest.objects.get().approved_at is None
    back: dict[str, Any] = {"case_id": case.pk, "courier": "邮政EMS", "actor_id": BUYER}
    wrong = refused(lambda: services.send_goods_back(tracking_number="12", **back))
    assert (wrong.code, wrong.field) == ("number_pattern", "tracking_number")
    for _ in range(2):
        case = services.send_goods_back(tracking_number="ea123456789cn", **back)
    assert (case.state, case.tracking_number) == ("sent_back", "EA123456789CN")
    arrive = lambda good: services.receive_goods_back(
        scope=TEA_CO, case_id=case.pk, good_units={mixed.tea.pk: good}, note="一罐开过", actor_id=SUPPLIER
    )
    assert refused(lambda: arrive(3)).code == "units"
    assert on_hand("tea") == 47
    for _ in range(2):
        case = arrive(1)
    assert (case.state, on_hand("tea"), held(mixed.tea)) == ("arrived", 48, (2, 20_000, 0))
    assert RefundRequest.objects.get().approved_by == SUPPLIER


def test_a_replacement_moves_no_money_and_ends_when_it_is_sent() -> None:
    mixed = delivered()
    agree(opened(mixed, {mixed.tea.pk: 1, mixed.honey.pk: 1}, kind="replace"))
    sent = list(Reshipment.objects.order_by("pk"))
    assert [(one.share_id, one.units) for one in sent] == [(mixed.tea.pk, 1), (mixed.honey.pk, 1)]
    assert (on_hand("tea"), RefundRequest.objects.count()) == (46, 0)
    for number, one in enumerate(sent):
        record_reshipped(
            reshipment_id=one.pk,
            courier="邮政EMS",
            tracking_number=f"EA00000000{number}CN",
            actor_id=SUPPLIER,
        )
        done = services.finish_reshipped_return(reshipment_id=one.pk)
        assert done is not None
        assert done.state == ("reshipped" if one is sent[-1] else "agreed")


def test_units_asked_for_as_a_replacement_are_not_asked_for_twice() -> None:
    mixed = delivered()
    opened(mixed, {mixed.tea.pk: 3}, kind="replace")
    assert refused(lambda: opened(mixed)).code == "units"


def test_a_replacement_that_is_called_off_comes_to_the_shop_which_may_send_the_money() -> None:
    mixed = delivered()
    case = agree(opened(mixed, kind="replace"))
    one = Reshipment.objects.get()
    cancel_reshipment(reshipment_id=one.pk, reason="卖完了", actor_id=STAFF)
    services.return_to_shop(reshipment_id=one.pk)
    assert services.return_to_shop(reshipment_id=one.pk) is None
    case.refresh_from_db()
    assert case.state == "escalated"
    case = decide(case, "refund")
    assert (case.kind, case.fen, case.state, held(mixed.tea)) == (
        "refund_only",
        10_000,
        "agreed",
        (1, 10_000, 0),
    )


def test_sold_out_goods_cannot_be_promised_as_a_replacement() -> None:
    mixed = delivered()
    StockBalance.objects.filter(stockrecord__partner_sku="tea").update(on_hand=0)
    case = opened(mixed, kind="replace")
    assert refused(lambda: agree(case)).code == "out_of_stock"
    case.refresh_from_db()
    assert case.state == "requested"


def test_money_that_cannot_go_out_comes_to_the_shop_and_can_be_sent_again() -> None:
    mixed = delivered()
    case = agree(opened(mixed))
    assert case.refund is not None
    ordering.record_refund_result(request_id=case.refund.pk, ok=False, reason="closed account")
    services.return_to_shop(refund_number=case.refund.number)
    case.refresh_from_db()
    assert (case.state, held(mixed.tea)) == ("escalated", (0, 0, 0))
    case = decide(case, "agree")
    assert (case.state, held(mixed.tea), RefundRequest.objects.count()) == ("agreed", (1, 10_000, 0), 2)


def test_withdrawing_gives_the_money_back_until_it_is_agreed() -> None:
    mixed = delivered()
    case = opened(mixed)
    for _ in range(2):
        case = services.withdraw_return(case_id=case.pk, actor_id=BUYER)
    assert (case.state, held(mixed.tea)) == ("withdrawn", (0, 0, 0))
    case = agree(opened(mixed))
    assert refused(lambda: services.withdraw_return(case_id=case.pk, actor_id=BUYER)).code == "on_its_way"
    goods = agree(opened(mixed, kind="return_refund"), note="木门镇1号")
    goods = services.withdraw_return(case_id=goods.pk, actor_id=BUYER)
    assert (goods.state, held(mixed.tea)) == ("withdrawn", (1, 10_000, 0))


def test_what_nobody_answers_goes_to_the_shop_after_two_days_once() -> None:
    mixed = delivered()
    case = opened(mixed)
    with time_machine.travel(clock.now() + dt.timedelta(hours=47, minutes=59)):
        assert services.watch_returns() == 0
    with time_machine.travel(clock.now() + dt.timedelta(hours=48, minutes=1)):
        assert (services.watch_returns(), services.watch_returns()) == (1, 0)
    case.refresh_from_db()
    assert (case.state, case.due_at, held(mixed.tea)) == ("escalated", None, (1, 10_000, 0))
    assert isinstance(refused(lambda: agree(case)), WrongMove)


def test_how_long_a_supplier_has_is_a_dated_rule() -> None:
    FulfilmentRule.objects.create(starts_on=clock.today(), answer_within_hours=24)
    case = opened(delivered())
    assert case.due_at == case.opened_at + dt.timedelta(hours=24)


def test_goods_never_sent_back_close_the_case_and_free_its_money() -> None:
    mixed = delivered()
    case = agree(opened(mixed, kind="return_refund"), note="木门镇1号")
    with time_machine.travel(clock.now() + dt.timedelta(days=7, minutes=1)):
        assert services.watch_returns() == 1
    case.refresh_from_db()
    assert (case.state, held(mixed.tea)) == ("closed", (0, 0, 0))


def test_goods_that_nobody_looks_at_go_to_the_shop() -> None:
    mixed = delivered()
    case = agree(opened(mixed, kind="return_refund"), note="木门镇1号")
    services.send_goods_back(
        case_id=case.pk, courier="邮政EMS", tracking_number="EA123456789CN", actor_id=BUYER
    )
    with time_machine.travel(clock.now() + dt.timedelta(days=10, minutes=1)):
        assert services.watch_returns() == 1
    case.refresh_from_db()
    assert case.state == "escalated"
    # They are on their way already: the shop's yes lets the money go.
    case = decide(case, "agree")
    assert (case.state, case.waits_for_goods) == ("agreed", False)
    assert RefundRequest.objects.get().approved_by == STAFF


def test_one_case_that_fails_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = delivered()
    first, second = opened(mixed), opened(mixed)
    ReturnRequest.objects.filter(pk=first.pk).update(number="x" * 40)
    real = steps.move

    def move(case: ReturnRequest, *args: Any, **kwargs: Any) -> None:
        if case.pk == first.pk:
            raise RuntimeError("broken")
        real(case, *args, **kwargs)

    monkeypatch.setattr(ends, "move", move)
    with time_machine.travel(clock.now() + dt.timedelta(hours=49)):
        assert services.watch_returns() == 1
    second.refresh_from_db()
    assert second.state == "escalated"


def test_every_step_is_told_to_everybody_in_one_course() -> None:
    mixed = delivered()
    case = opened(mixed)
    services.refuse_return(scope=TEA_CO, case_id=case.pk, note="包装完好", actor_id=SUPPLIER)
    services.escalate_return(case_id=case.pk, by=services.By.BUYER, note="有照片", actor_id=BUYER)
    decide(case, "close")
    opened(mixed, {mixed.honey.pk: 1})
    assert [(step.title, step.detail) for step in steps_of(case)] == [
        ("售后已关闭", "商城 · 照片清楚"),
        ("已转交商城处理", "买家 · 有照片"),
        ("供应商拒绝售后", "供应商 · 包装完好"),
        ("申请售后", "买家 · 破损"),
    ]
    entries = JournalEntry.objects.filter(action__startswith="return.", after__return=case.number)
    assert list(entries.order_by("pk").values_list("actor_id", flat=True)) == [BUYER, SUPPLIER, BUYER, STAFF]


def test_the_database_refuses_a_case_that_is_not_one() -> None:
    case = opened(delivered())
    for column in ({"fen": 0}, {"kind": "return_refund"}, {"state": "sent_back"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReturnRequest.objects.filter(pk=case.pk).update(**column)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.items.update(good_units=2)


def test_a_supplier_order_of_another_order_does_not_exist() -> None:
    mixed = delivered()
    other = place_paid(lines=[(make_product(sku="other"), 1)])
    before = written()
    with pytest.raises(SupplierOrder.DoesNotExist):
        services.open_return(
            record_id=other.pk, supplier_order_id=mixed.first.pk, claim=claim(mixed), actor_id=BUYER
        )
    assert written() == before
