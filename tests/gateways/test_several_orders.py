"""One transfer for several orders of a unit: by their codes, by one code for all, by account or name and sum."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from shop.accounts.scope import SYSTEM
from shop.buyers.models import Organisation
from shop.buyers.selectors import buying_unit
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import selectors, services
from shop.gateways.models import Payment, PaymentAttempt, TransferClaim
from shop.gateways.money_models import MoneyMove
from shop.gateways.payer_models import PayerAccount, TransferBundle
from shop.gateways.providers.bank_transfer import code_for
from shop.gateways.services.payers import units_of_payer
from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord
from tests.factories import Cast, make_cast, make_organisation, make_product, place
from tests.gateways.bank import bring, came
from tests.gateways.cast import DUE, states, transfer_order
from tests.gateways.test_statements import open_kinds
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]
PAID = ("paid", "released", DUE, "")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def unit(cast: Cast) -> Organisation:
    return make_organisation(code="un-001", buyer=cast.union_buyer, approver=cast.union_approver)


def ordered(cast: Cast, unit: Organisation, **fields: Any) -> tuple[OrderRecord, PaymentAttempt]:
    """Return an order of the unit over 200.00 yuan that waits for its transfer."""
    return transfer_order(**{"buyer": cast.union_buyer, "unit": buying_unit(unit)} | fields)


def code_of(call: Any, **fields: Any) -> str:
    with pytest.raises(ShopError) as refused:
        call(**fields)
    return refused.value.code


def bundled(cast: Cast, unit: Organisation, *records: OrderRecord) -> TransferBundle:
    """Return the one code of these orders."""
    numbers = [record.number for record in records]
    return services.bundle_transfers(organisation=unit, numbers=numbers, actor_id=cast.union_buyer.pk)


def entered(cast: Cast, reference: str, fen: int, *, serial: str = "S1") -> TransferClaim:
    """Return a bank line of today that finance read off the statement."""
    return services.propose_transfer(
        reference=reference,
        bank_serial=serial,
        booked_on=clock.today(),
        fen=fen,
        payer="杭州某单位",
        proposed_by=cast.finance.pk,
    )


def settled() -> None:
    """Deliver everything: what is told of a part may have to wait a little for the part itself."""
    drain(failures_expected=True)
    with time_machine.travel(clock.now() + dt.timedelta(hours=1)):
        drain()
        assert_kept()


def test_a_remark_that_names_two_orders_pays_both_by_the_statements_two_people(
    cast: Cast, unit: Organisation
) -> None:
    (first, one), (second, other) = ordered(cast, unit), ordered(cast, unit)
    [line] = bring(cast, came("S1", "400.00", f"货款{other.reference} {one.reference}"))
    assert (states(first), states(second), open_kinds()) == (PAID, PAID, [])
    move = MoneyMove.objects.get()
    assert (move.record, move.fen, move.proposed_by, move.decided_by) == (
        second,
        DUE,
        cast.finance.pk,
        cast.second_finance.pk,
    )
    assert line.payment == Payment.objects.get(record=first)
    assert Payment.objects.get(record=second).moved_from == line.payment
    settled()
    # The same file again, and another run of the job, change nothing.
    assert services.settle_lines() == 0
    assert MoneyMove.objects.count() == 1


def test_too_much_stays_with_the_first_order_and_too_little_pays_the_oldest(
    cast: Cast, unit: Organisation
) -> None:
    (first, one), (second, other) = ordered(cast, unit), ordered(cast, unit)
    bring(cast, came("S1", "450.00", f"{one.reference} {other.reference}"))
    assert (states(first), states(second)) == (("paid", "released", DUE, "surplus"), PAID)
    assert [selectors.unapplied_row(row).rest_fen for row in selectors.unapplied_money(SYSTEM)] == [5_000]
    settled()
    (third, one), (fourth, other) = ordered(cast, unit), ordered(cast, unit)
    bring(cast, came("S2", "300.00", f"{one.reference} {other.reference}"))
    assert (states(third), states(fourth)) == (PAID, ("unpaid", "held", 0, "partial"))
    # The rest comes later and completes it.
    bring(cast, came("S3", "100.00", other.reference))
    assert states(fourth) == PAID
    (fifth, one), (sixth, other) = ordered(cast, unit), ordered(cast, unit)
    bring(cast, came("S4", "150.00", f"{one.reference} {other.reference}"))
    assert (states(fifth)[3], states(sixth)[3], MoneyMove.objects.count()) == ("partial", "", 2)
    settled()


def test_codes_of_different_units_or_of_residents_are_a_persons_affair(
    cast: Cast, unit: Organisation
) -> None:
    other_unit = make_organisation(code="un-002", name="另一工会")
    (first, one), (foreign, two) = ordered(cast, unit), ordered(cast, other_unit)
    resident, three = transfer_order(buyer=cast.resident)
    # With this one the unit's orders are just the sum: what the remark names is not overruled by that.
    unnamed, _code = ordered(cast, unit)
    bring(cast, came("S1", "400.00", f"{one.reference} {two.reference}", payer=unit.name))
    bring(cast, came("S2", "400.00", f"{one.reference} {three.reference}", payer=unit.name))
    assert [states(record)[0] for record in (first, foreign, resident, unnamed)] == ["unpaid"] * 4
    assert open_kinds() == ["no_order", "no_order"]
    # What somebody who confirms the statement has ordered is matched by other people.
    own, four = ordered(cast, unit, buyer=cast.finance)
    bring(cast, came("S3", "400.00", f"{one.reference} {four.reference}"))
    assert ([states(record)[0] for record in (first, own)], len(open_kinds())) == (["unpaid"] * 2, 3)
    settled()


def test_the_one_set_of_orders_that_is_the_sum_is_paid_and_an_ambiguous_sum_is_not(
    cast: Cast, unit: Organisation
) -> None:
    records = [ordered(cast, unit)[0] for _number in range(3)]
    # Two of three equal orders: three ways.
    bring(cast, came("S1", "400.00", "货款", payer=unit.name))
    assert ([states(record)[0] for record in records], open_kinds()) == (["unpaid"] * 3, ["no_order"])
    # All three: one way.
    bring(cast, came("S2", "600.00", "货款", payer=unit.name))
    assert [states(record) for record in records] == [PAID] * 3
    assert MoneyMove.objects.count() == 2
    bring(cast, came("S3", "600.00", "货款", payer=unit.name))
    assert open_kinds() == ["no_order", "no_order"]
    settled()


def test_of_more_than_eight_orders_no_sum_is_guessed(cast: Cast, unit: Organisation) -> None:
    records = [ordered(cast, unit)[0] for _number in range(9)]
    bring(cast, came("S1", "1800.00", "货款", payer=unit.name))
    assert {states(record)[0] for record in records} == {"unpaid"}
    assert open_kinds() == ["no_order"]


def test_a_known_account_says_more_than_the_name_beside_it(cast: Cast, unit: Organisation) -> None:
    other = make_organisation(code="un-002", name="另一工会")
    add = services.add_payer_account
    row = add(organisation_id=unit.pk, account="6222-0000 1111 2222", actor_id=cast.finance.pk)
    assert add(organisation_id=unit.pk, account="6222000011112222", actor_id=1) == row
    taken = {"organisation_id": other.pk, "actor_id": 1}
    assert code_of(add, account="６２２２ 0000 1111 2222", **taken) == "account_taken"
    assert code_of(add, account="6222****2222", **taken) == "account_missing"
    assert code_of(add, account="62", **taken) == "account_missing"
    assert code_of(services.add_payer, name=" ", account="", **taken) == "nothing_given"
    with pytest.raises(IntegrityError, match=r"payer_?account"), transaction.atomic():
        PayerAccount.objects.create(
            organisation=other, account="x", folded=row.folded, added_by=1, added_at=row.added_at
        )
    assert units_of_payer(other.name, "6222000011112222") == {"un-001"}
    assert units_of_payer(other.name, "999999") == {"un-002"}
    mine, theirs = ordered(cast, unit)[0], ordered(cast, other)[0]
    line = list(came("S1", "200.00", "货款", payer=other.name))
    line[5] = "6222000011112222"
    bring(cast, line)
    assert (states(mine), states(theirs)[0]) == (PAID, "unpaid")
    services.remove_payer_account(account_id=row.pk, actor_id=cast.finance.pk)
    services.remove_payer_account(account_id=row.pk, actor_id=cast.finance.pk)
    again = ["S2", *line[2:]]
    bring(cast, [line[0], *again])
    assert states(theirs) == PAID
    assert JournalEntry.objects.filter(action__startswith="payer_account.").count() == 2
    settled()


def test_one_code_for_several_orders_pays_them_all(cast: Cast, unit: Organisation) -> None:
    records = [ordered(cast, unit)[0] for _number in range(3)]
    numbers = [record.number for record in records]
    ask: dict[str, Any] = {"organisation": unit, "actor_id": cast.union_buyer.pk}
    bundle = services.bundle_transfers(numbers=numbers, **ask)
    assert services.bundle_transfers(numbers=numbers[::-1], **ask) == bundle
    assert services.bundle_transfers(numbers=numbers[:2], **ask) != bundle
    assert code_of(services.bundle_transfers, numbers=numbers[:1] * 2, **ask) == "too_few"
    foreign = ordered(cast, make_organisation(code="un-002", name="另一工会"))[0]
    assert code_of(services.bundle_transfers, numbers=[*numbers, foreign.number], **ask) == "unknown_order"
    own = transfer_order(buyer=cast.union_buyer)[0]
    assert code_of(services.bundle_transfers, numbers=[*numbers, own.number], **ask) == "unknown_order"
    assert code_of(services.bundle_transfers, numbers=[str(n) for n in range(21)], **ask) == "too_many"
    assert TransferBundle.objects.count() == 2
    # One of them is paid alone meanwhile: the code stands for the others.
    bring(cast, came("S1", "200.00", records[1].attempts.get().reference))
    [line] = bring(cast, came("S2", "400.00", f"货款 {bundle.reference[:4]}-{bundle.reference[4:]}"))
    assert ([states(record) for record in records], line.reference) == ([PAID] * 3, bundle.reference)
    assert MoneyMove.objects.get().record == records[2]
    settled()
    assert JournalEntry.objects.filter(action="transfer_bundle.made").count() == 2


def test_a_code_of_several_orders_is_entered_by_hand_by_two_people(cast: Cast, unit: Organisation) -> None:
    records = [ordered(cast, unit)[0] for _number in range(2)]
    bundle = services.bundle_transfers(
        organisation=unit, numbers=[record.number for record in records], actor_id=cast.union_buyer.pk
    )
    claim = services.propose_transfer(
        reference=bundle.reference.lower(),
        bank_serial="S1",
        booked_on=clock.today(),
        fen=2 * DUE,
        payer=unit.name,
        proposed_by=cast.finance.pk,
    )
    confirm = {"claim_id": claim.pk}
    assert code_of(services.confirm_transfer, confirmed_by=cast.finance.pk, **confirm) == "same_person"
    assert code_of(services.confirm_transfer, confirmed_by=cast.union_buyer.pk, **confirm) == "own_order"
    payment = services.confirm_transfer(confirmed_by=cast.second_finance.pk, **confirm)
    assert services.confirm_transfer(confirmed_by=cast.second_finance.pk, **confirm) == payment
    assert [states(record) for record in records] == [PAID] * 2
    # The bank's own line is evidence of what they entered, and no money of its own.
    [line] = bring(cast, came("S1", "400.00", bundle.reference, payer=unit.name))
    assert (line.state, Payment.objects.filter(moved_from=None).count()) == ("evidence", 1)
    # Refunds of either order go back to the account that the line names.
    assert set(Payment.objects.values_list("moved_from", "payer_account")) == {
        (None, "6222"),
        (payment.pk, "6222"),
    }
    settled()


def test_no_order_of_a_code_expires_while_its_transfer_waits_for_the_second_person(
    cast: Cast, unit: Organisation
) -> None:
    records = [ordered(cast, unit)[0] for _number in range(2)]
    alone = ordered(cast, unit)[0]
    claim = entered(cast, bundled(cast, unit, *records).reference, 2 * DUE)
    with time_machine.travel(clock.now() + dt.timedelta(days=30), tick=False):
        assert services.expire_due_orders() == 1
        assert [states(record)[0] for record in (*records, alone)] == ["unpaid", "unpaid", "closed"]
        services.confirm_transfer(claim_id=claim.pk, confirmed_by=cast.second_finance.pk)
    assert [states(record)[0] for record in records] == ["paid"] * 2


def test_whoever_placed_one_of_the_orders_confirms_none_by_a_statement(
    cast: Cast, unit: Organisation
) -> None:
    first, own = ordered(cast, unit)[0], ordered(cast, unit, buyer=cast.second_finance)[0]
    bundle = bundled(cast, unit, first, own)
    entered(cast, bundle.reference, 2 * DUE)
    [line] = bring(cast, came("S1", "400.00", bundle.reference))
    assert (line.state, open_kinds()) == ("difference", ["claim_differs"])
    assert [states(record)[0] for record in (first, own)] == ["unpaid"] * 2


def test_a_line_of_a_code_that_has_come_is_not_entered_again_with_a_slip(
    cast: Cast, unit: Organisation
) -> None:
    orders = [ordered(cast, unit) for _number in range(3)]
    bundle = bundled(cast, unit, *(record for record, _attempt in orders))
    early = entered(cast, bundle.reference, 2 * DUE, serial="S2x")
    bring(cast, came("S1", "200.00", orders[0][1].reference))
    bring(cast, came("S2", "400.00", bundle.reference))
    assert [states(record) for record, _attempt in orders] == [PAID] * 3
    again = {"cast": cast, "reference": bundle.reference, "fen": 2 * DUE, "serial": "S22"}
    assert code_of(entered, **again) == "line_imported"
    confirm = {"claim_id": early.pk, "confirmed_by": cast.second_finance.pk}
    assert code_of(services.confirm_transfer, **confirm) == "line_imported"
    # Both codes in the remark are the same money too.
    (fourth, four), (fifth, five) = ordered(cast, unit), ordered(cast, unit)
    both = bundled(cast, unit, fourth, fifth)
    bring(cast, came("S3", "300.00", f"{four.reference} {five.reference}"))
    assert (states(fourth)[0], states(fifth)[0]) == ("paid", "unpaid")
    assert code_of(entered, cast=cast, reference=both.reference, fen=30_000) == "line_imported"
    settled()


def test_an_order_that_was_paid_alone_is_no_slip_for_the_equal_sum_of_the_other(
    cast: Cast, unit: Organisation
) -> None:
    (first, one), (second, _other) = ordered(cast, unit), ordered(cast, unit)
    bundle = bundled(cast, unit, first, second)
    bring(cast, came("S1", "200.00", one.reference))
    claim = entered(cast, bundle.reference, DUE, serial="S2")
    services.confirm_transfer(claim_id=claim.pk, confirmed_by=cast.second_finance.pk)
    assert (states(first), states(second)) == (PAID, PAID)
    settled()


def test_surplus_of_earlier_money_stays_in_sight_when_a_transfer_is_shared_out(
    cast: Cast, unit: Organisation
) -> None:
    (first, one), (second, other) = ordered(cast, unit), ordered(cast, unit)
    bring(cast, came("S1", "50.00", one.reference))
    yesterday = f"{clock.today() - dt.timedelta(days=1)}"
    bring(cast, came("S2", "400.00", f"{one.reference} {other.reference}", day=yesterday))
    assert (states(first), states(second)) == (("paid", "released", DUE, "surplus"), PAID)
    assert [selectors.unapplied_row(row).rest_fen for row in selectors.unapplied_money(SYSTEM)] == [5_000]
    settled()


def of_two_units(cast: Cast, unit: Organisation, sku: str) -> OrderRecord:
    """Return an awaited order of the only two units of some goods."""
    goods = make_product(sku=sku, price_fen=10_000, stock=2)
    record = place(lines=[(goods, 2)], method="bank_transfer", buyer=cast.union_buyer, unit=buying_unit(unit))
    services.start_payment(record=record, method="bank_transfer")
    return record


def sold_to_somebody_else(record: OrderRecord) -> None:
    place(lines=[(record.order.lines.get().product, 2)])


@contextmanager
def later(days: int = 30) -> Iterator[None]:
    with time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False):
        yield


def test_late_money_for_a_code_of_orders_that_expired_opens_those_whose_goods_are_still_there(
    cast: Cast, unit: Organisation
) -> None:
    records = [of_two_units(cast, unit, sku) for sku in ("tea", "pears", "honey")]
    bundle = bundled(cast, unit, *records)
    with later():
        assert services.expire_due_orders() == 3
        sold_to_somebody_else(records[1])
        bring(cast, came("S1", "600.00", bundle.reference, payer=unit.name))
        assert [states(record)[0] for record in records] == ["paid", "closed", "paid"]
        assert (states(records[1])[3], open_kinds()) == ("late_no_stock", [])
        # Its part is its own, in sight, and goes back by two people to the account that it came from.
        [waiting] = selectors.unapplied_money(SYSTEM)
        row = selectors.unapplied_row(waiting)
        assert (waiting.record, row.rest_fen) == (records[1], DUE)
        execution = services.propose_return(
            payment_id=waiting.pk, requested_by=cast.finance.pk, reason="缺货"
        )
        services.approve_return(execution_id=execution.pk, approved_by=cast.second_finance.pk)
        settled()


def test_of_late_money_that_the_first_order_cannot_take_the_others_get_theirs(
    cast: Cast, unit: Organisation
) -> None:
    gone, there = of_two_units(cast, unit, "tea"), of_two_units(cast, unit, "pears")
    bundle = bundled(cast, unit, gone, there)
    with later():
        assert services.expire_due_orders() == 2
        sold_to_somebody_else(gone)
        bring(cast, came("S1", "400.00", bundle.reference, payer=unit.name))
        assert (states(gone)[3], states(there)) == ("late_no_stock", PAID)
        assert [row.record for row in selectors.unapplied_money(SYSTEM)] == [gone]
        settled()


def test_orders_that_wait_come_before_those_that_expired_and_what_was_called_off_gets_none(
    cast: Cast, unit: Organisation
) -> None:
    expired, called_off = ordered(cast, unit)[0], ordered(cast, unit)[0]
    with later():
        waiting = ordered(cast, unit)[0]
        services.close_order(record_id=called_off.pk, reason="buyer", actor_id=None)
        bundle_of_three = TransferBundle.objects.create(
            organisation=unit,
            reference=code_for("three"),
            idempotency_key="three",
            created_by=1,
            created_at=clock.now(),
        )
        attempts = PaymentAttempt.objects.filter(record__in=[expired, called_off, waiting])
        bundle_of_three.attempts.set(attempts)
        assert services.expire_due_orders() == 1
        bring(cast, came("S1", "350.00", bundle_of_three.reference, payer=unit.name))
        # An order that expired is paid in full or not at all: what is left over stays in sight.
        three = (waiting, expired, called_off)
        assert [states(record)[0] for record in three] == ["paid", "closed", "closed"]
        assert [selectors.unapplied_row(row).rest_fen for row in selectors.unapplied_money(SYSTEM)] == [
            15_000
        ]
        assert states(waiting)[3] == "surplus"
        bring(cast, came("S2", "200.00", bundle_of_three.reference, payer=unit.name))
        assert [states(record)[0] for record in three] == ["paid", "paid", "closed"]
        settled()


def test_an_expired_order_is_matched_with_surplus_by_two_people(cast: Cast, unit: Organisation) -> None:
    expired, called_off = ordered(cast, unit)[0], ordered(cast, unit)[0]
    services.close_order(record_id=called_off.pk, reason="buyer", actor_id=None)
    with later():
        services.expire_due_orders()
        paid, own = ordered(cast, unit)
        bring(cast, came("S1", "400.00", own.reference))
        payment = Payment.objects.get(record=paid)
        ask: dict[str, Any] = {
            "payment_id": payment.pk,
            "proposed_by": cast.finance.pk,
            "reason": "同一笔汇款",
        }
        assert code_of(services.propose_move, order_number=called_off.number, **ask) == "order_not_waiting"
        move = services.propose_move(order_number=expired.number, **ask)
        assert code_of(services.approve_move, move_id=move.pk, approved_by=cast.finance.pk) == "same_person"
        services.approve_move(move_id=move.pk, approved_by=cast.second_finance.pk)
        assert (states(expired)[:3], states(paid)[0]) == (PAID[:3], "paid")
        settled()


def test_a_claim_is_confirmed_whatever_became_of_the_other_orders_of_its_code(
    cast: Cast, unit: Organisation
) -> None:
    called_off, (second, own) = ordered(cast, unit)[0], ordered(cast, unit)
    bundle = bundled(cast, unit, called_off, second)
    services.close_order(record_id=called_off.pk, reason="buyer", actor_id=None)
    claim = entered(cast, bundle.reference, 2 * DUE)
    assert claim.attempt == own
    # It is paid alone before the second person looks at the line.
    bring(cast, came("S9", "200.00", own.reference))
    payment = services.confirm_transfer(claim_id=claim.pk, confirmed_by=cast.second_finance.pk)
    assert (payment.record, states(second)[3], states(called_off)[0]) == (second, "surplus", "closed")
    settled()


def test_an_order_is_not_closed_by_hand_while_its_transfer_waits_for_the_second_person(
    cast: Cast, unit: Organisation
) -> None:
    records = [ordered(cast, unit)[0] for _number in range(2)]
    alone, own = ordered(cast, unit)
    claim = entered(cast, bundled(cast, unit, *records).reference, 2 * DUE)
    single = entered(cast, own.reference, DUE, serial="S2")
    for record in (*records, alone):
        close: dict[str, Any] = {"record_id": record.pk, "reason": "buyer", "actor_id": None}
        assert code_of(services.close_order, **close) == "transfer_waits"
        assert states(record)[0] == "unpaid"
    services.reject_transfer(claim_id=single.pk, rejected_by=cast.finance.pk, reason="看错")
    assert services.close_order(record_id=alone.pk, reason="buyer", actor_id=None)
    services.confirm_transfer(claim_id=claim.pk, confirmed_by=cast.second_finance.pk)
    assert [states(record)[0] for record in records] == ["paid"] * 2
