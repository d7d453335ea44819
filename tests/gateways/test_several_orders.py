"""One transfer for several orders of a unit: by their codes, by one code for all, by account or name and sum."""

import datetime as dt
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
from shop.gateways.models import Payment, PaymentAttempt
from shop.gateways.money_models import MoneyMove
from shop.gateways.payer_models import PayerAccount, TransferBundle
from shop.gateways.services.payers import units_of_payer
from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord
from tests.factories import Cast, make_cast, make_organisation
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
    bring(cast, came("S1", "400.00", f"{one.reference} {two.reference}"))
    bring(cast, came("S2", "400.00", f"{one.reference} {three.reference}"))
    assert [states(record)[0] for record in (first, foreign, resident)] == ["unpaid"] * 3
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
    settled()
