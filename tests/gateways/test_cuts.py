"""A suspended supplier's goods leave unpaid orders that hold others' goods too; a payment that has begun ends first."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from shop.accounts.scope import SYSTEM
from shop.buyers.selectors import buying_unit
from shop.core import clock
from shop.gateways import services as gateways
from shop.gateways.models import HostedPayment, PaymentAttempt
from shop.gateways.providers import demo
from shop.gateways.providers.base import ProviderUnavailable
from shop.gateways.providers.demo import DemoProvider
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice
from shop.operations.selectors import kinds_of_work, work_rows
from shop.ordering.cuts import CutRefused, stuck_cuts
from shop.ordering.desk_models import SupplierCut
from shop.ordering.models import OrderRecord, Reduction, StockBalance
from shop.ordering.services import leave_cut
from shop.settlement.models import SupplierAccount
from shop.suppliers import services as suppliers
from tests.factories import make_cast, make_organisation, make_product, make_supplier, place
from tests.gateways.cast import bank_line, deliver, paid_online, started
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]
OWN, OTHER = "wc-1", "wc-2"
TEA, FREIGHT, PEARS = 12_800, 800, 5_000
DUE = TEA + FREIGHT + PEARS


def mixed(**fields: Any) -> OrderRecord:
    """Return an unpaid order of two suppliers: a tea of the first with freight, a box of pears of the second."""
    tea = make_product(supplier=make_supplier(code=OWN), sku="tea", price_fen=TEA, freight_free=False)
    pears = make_product(supplier=make_supplier(code=OTHER), sku="pears", name_zh="翠冠梨", price_fen=PEARS)
    record = place(lines=[(tea, 1), (pears, 1)], **fields)
    assert record.due_fen == DUE
    return record


def suspend(code: str = OWN) -> None:
    """Suspend a supplier; its unpaid orders are to be closed or reduced, and the message has been delivered."""
    suppliers.suspend_supplier(
        code=code, on=clock.today(), reason="许可证过期", actor_id=7, unpaid_orders="close"
    )
    drain()


def run() -> int:
    done = gateways.cut_suspended_goods()
    drain()
    return done


def state(record: OrderRecord) -> tuple[str, int, str]:
    """Return the payment state, what is due, and what became of the wish ("" without one)."""
    record.refresh_from_db()
    cut = record.supplier_cuts.first()
    return (record.payment_state, record.due_fen, str(cut.state) if cut else "")


def promised(sku: str) -> int:
    return StockBalance.objects.get(stockrecord__partner_sku=sku).allocated


def stuck_numbers() -> list[str]:
    works = kinds_of_work(SYSTEM, clock.now())
    return [ref for kind, _key, _since, ref in work_rows(works) if kind == "supplier_cut"]


def test_only_the_suppliers_goods_and_freight_leave_a_mixed_order() -> None:
    record = mixed()
    suspend()
    assert state(record) == ("unpaid", DUE, "waiting")
    assert [run(), run()] == [1, 0]
    assert state(record) == ("unpaid", PEARS, "cut")
    assert (promised("tea"), promised("pears")) == (0, 1)
    assert sorted(Reduction.objects.values_list("units", "fen", "reason", "actor_id")) == [
        (0, FREIGHT, "许可证过期", 7),
        (1, TEA, "许可证过期", 7),
    ]
    entry = JournalEntry.objects.get(action="order.reduced")
    assert (entry.actor_id, entry.reason, entry.after["due_fen"]) == (7, "许可证过期", PEARS)
    notice = BuyerNotice.objects.get(kind="buyer_cut")
    assert (notice.record, "¥50.00" in notice.body, record.number in notice.body) == (record, True, True)
    assert not BuyerNotice.objects.filter(kind="buyer_closed").exists()
    # What is left is paid and handed to the other supplier alone.
    paid_online(record)
    drain()
    assert (state(record)[0], record.paid_fen) == ("paid", PEARS)
    assert [order.supplier.code for order in record.supplier_orders.all()] == [OTHER]
    assert list(SupplierAccount.objects.values_list("supplier", "collected_fen")) == [(OTHER, PEARS)]
    assert_kept()


def test_a_payment_that_was_begun_is_ended_and_the_next_asks_for_less() -> None:
    record = mixed()
    hosted = started(record)
    suspend()
    assert run() == 1
    assert state(record) == ("unpaid", PEARS, "cut")
    assert list(PaymentAttempt.objects.values_list("amount_fen", "state")) == [(DUE, "expired")]
    hosted.refresh_from_db()
    assert hosted.outcome == "expired"
    assert started(record).amount_fen == PEARS
    assert_kept()


def test_money_that_came_first_leaves_the_order_whole() -> None:
    record = mixed()
    notices = demo.choose(started(record).token, demo.Choice.SUCCEED)
    suspend()
    # The provider's answer to the ending of the session is the payment.
    assert run() == 0
    assert state(record) == ("paid", DUE, "left")
    for notice in notices:
        deliver(notice)
    drain()
    assert (record.paid_fen, Reduction.objects.count(), stuck_numbers()) == (DUE, 0, [])
    # Suspended after the payment, it is still owed what the buyer paid for its goods and their way.
    assert set(SupplierAccount.objects.values_list("supplier", "collected_fen")) == {
        (OWN, TEA + FREIGHT),
        (OTHER, PEARS),
    }
    assert_kept()


def test_an_order_whose_money_has_come_in_part_waits_for_a_person() -> None:
    record = mixed(method="bank_transfer")
    gateways.start_payment(record=record, method="bank_transfer")
    claim = bank_line(PaymentAttempt.objects.get(record=record), PEARS, by=3)
    suspend()
    assert run() == 0
    assert state(record) == ("unpaid", DUE, "stuck")
    assert (stuck_numbers(), stuck_cuts(SYSTEM).get().trouble) == ([record.number], "money")
    # A second person confirms the transfer, then staff take the goods off: the money is enough for the rest.
    gateways.confirm_transfer(claim_id=claim, confirmed_by=4)
    cut = SupplierCut.objects.get()
    assert gateways.cut_goods_now(cut_id=cut.pk, actor_id=9)
    assert not gateways.cut_goods_now(cut_id=cut.pk, actor_id=9)
    drain()
    assert (state(record), record.paid_fen) == (("paid", PEARS, "cut"), PEARS)
    assert SupplierCut.objects.get().decided_by == 9
    assert_kept()


def test_every_order_of_a_transfer_that_waits_for_the_second_person_waits_too() -> None:
    cast = make_cast()
    unit = make_organisation(code="un-001", buyer=cast.union_buyer)
    placed = {"method": "bank_transfer", "buyer": cast.union_buyer, "unit": buying_unit(unit)}
    records = [mixed(**placed) for _number in range(2)]
    bundle = gateways.bundle_transfers(
        organisation=unit, numbers=[record.number for record in records], actor_id=cast.union_buyer.pk
    )
    gateways.propose_transfer(
        reference=bundle.reference,
        bank_serial="S1",
        booked_on=clock.today(),
        fen=2 * DUE,
        payer=unit.name,
        proposed_by=cast.finance.pk,
    )
    suspend()
    assert run() == 0
    assert [state(record) for record in records] == [("unpaid", DUE, "stuck")] * 2


def test_a_provider_that_stays_silent_sends_it_to_the_staff_after_ten_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record, other = mixed(), mixed()
    token = started(record).token
    expire = DemoProvider.expire

    def be_silent(self: DemoProvider, reference: str) -> Any:
        if reference == token:
            raise ProviderUnavailable("silent")
        return expire(self, reference)

    monkeypatch.setattr(DemoProvider, "expire", be_silent)
    suspend()
    assert run() == 1
    assert [state(one) for one in (record, other)] == [("unpaid", DUE, "waiting"), ("unpaid", PEARS, "cut")]
    with time_machine.travel(clock.now() + dt.timedelta(minutes=10), tick=False):
        assert run() == 0
        assert state(record) == ("unpaid", DUE, "stuck")
        assert (stuck_numbers(), stuck_cuts(SYSTEM).get().trouble) == ([record.number], "provider")
        cut = SupplierCut.objects.get(record=record)
        with pytest.raises(gateways.StillOpen) as refused:
            gateways.cut_goods_now(cut_id=cut.pk, actor_id=9)
        assert (refused.value.code, state(record)) == ("payment_open", ("unpaid", DUE, "stuck"))
        for reason in ("", "长" * 201):
            with pytest.raises(CutRefused) as wordless:
                leave_cut(cut_id=cut.pk, reason=reason, actor_id=9)
            assert (wordless.value.field, state(record)[2]) == ("reason", "stuck")
        assert leave_cut(cut_id=cut.pk, reason="买家要等", actor_id=9)
        assert not leave_cut(cut_id=cut.pk, reason="买家要等", actor_id=9)
    entry = JournalEntry.objects.get(action="order.goods_left")
    assert (entry.actor_id, entry.reason, entry.before, entry.after) == (
        9,
        "买家要等",
        {"trouble": "provider"},
        {"supplier": OWN},
    )
    assert (state(record), stuck_numbers()) == (("unpaid", DUE, "left"), [])


def test_a_suspension_that_was_lifted_first_takes_nothing_off_and_ends_no_payment() -> None:
    record = mixed()
    hosted = started(record)
    suspend()
    suppliers.lift_suspension(code=OWN, reason="新证已核", actor_id=7)
    assert run() == 0
    assert state(record) == ("unpaid", DUE, "left")
    assert HostedPayment.objects.get(pk=hosted.pk).outcome == ""


def test_when_both_suppliers_are_suspended_the_order_closes_with_the_second() -> None:
    record = mixed()
    suspend(OWN)
    suspend(OTHER)
    assert run() == 2
    gateways.expire_due_orders()
    drain()
    record.refresh_from_db()
    assert (record.payment_state, record.close_reason, record.due_fen) == ("closed", "supplier", PEARS)
    assert (promised("tea"), promised("pears")) == (0, 0)
    assert BuyerNotice.objects.filter(kind="buyer_closed", record=record).count() == 1
    assert_kept()


def test_an_order_that_closes_meanwhile_needs_nobody() -> None:
    record = mixed()
    suspend()
    gateways.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    assert run() == 0
    assert (state(record)[0], state(record)[2], stuck_numbers()) == ("closed", "left", [])


def test_the_database_keeps_one_wish_for_each_order_and_suspension() -> None:
    record, other = mixed(), mixed()
    suspend()
    cut = SupplierCut.objects.get(record=record)
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplierCut.objects.create(record=record, suspension=cut.suspension, asked_at=clock.now())
    for values in ({"state": "stuck"}, {"state": "cut"}, {"ended_at": clock.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SupplierCut.objects.filter(record=other).update(**values)
