"""Pay-out lists: two people or three, held-back suppliers, the bank's lines, and what the bank did not pay."""

import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from shop.core.clock import SHANGHAI
from shop.gateways.bank_models import Difference, StatementLine
from shop.journal.models import JournalEntry
from shop.settlement import services
from shop.settlement.bank_file import bank_csv, bank_xlsx
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.models import PayeeAccount, PayoutItem, PayoutList, SettlementEntry, SupplierStatement
from tests.settlement.cast import (
    NUMBER,
    OCTOBER,
    REVIEWER,
    TELLER,
    THIRD,
    account,
    approved_list,
    assert_settled,
    bank_pays,
    in_november,
    received,
    refund,
    sale,
    seller,
    verified,
)

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture(autouse=True)
def november() -> object:
    with in_november():
        yield


def owed(fen: int = 10_000) -> None:
    """Let the supplier be owed this and 8.00 of freight by a statement."""
    received(sale(fen=fen))
    services.draw_statements(through=OCTOBER, demo=True, actor_id=TELLER)


def code_of(refused: pytest.ExceptionInfo[SettlementRefused]) -> str:
    return refused.value.code


def test_one_person_makes_a_list_and_another_approves_it() -> None:
    verified(seller())
    owed()
    made = services.make_payout_list(demo=True, made_by=TELLER)
    assert account() == {"collected": 10_800, "payable": 10_800}
    with pytest.raises(SettlementRefused) as refused:
        services.approve_payout_list(number=made.number, approved_by=TELLER)
    assert code_of(refused) == "same_person"
    assert PayoutItem.objects.get().state == "waiting"
    for _again in range(2):
        services.approve_payout_list(number=made.number, approved_by=REVIEWER)
    assert account() == {"collected": 10_800, "listed": 10_800}
    entries = JournalEntry.objects.filter(object_type="payout_list").order_by("pk")
    actions = list(entries.values_list("action", "actor_id"))
    assert actions == [("payout_list.made", TELLER), ("payout_list.approved", REVIEWER)]
    assert_settled()


def test_a_third_person_checks_where_that_is_set() -> None:
    with time_machine.travel(dt.datetime(2026, 9, 5, tzinfo=SHANGHAI), tick=False):
        services.set_rule(
            starts_on=dt.date(2026, 10, 1), cycle="month", third_person=True, reason="内控", set_by=TELLER
        )
    verified(seller())
    owed()
    made = services.make_payout_list(demo=True, made_by=TELLER)
    with pytest.raises(SettlementRefused) as refused:
        services.approve_payout_list(number=made.number, approved_by=REVIEWER)
    assert code_of(refused) == "third_person"
    services.check_payout_list(number=made.number, checked_by=THIRD)
    for person in (TELLER, THIRD):
        with pytest.raises(SettlementRefused) as refused:
            services.approve_payout_list(number=made.number, approved_by=person)
        assert code_of(refused) == "same_person"
    assert services.approve_payout_list(number=made.number, approved_by=REVIEWER).state == "approved"
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutList.objects.update(checked_by=REVIEWER)
    assert_settled()


def test_a_supplier_without_a_verified_account_is_held_back_with_its_reason() -> None:
    verified(seller())
    seller("LQ-02")
    owed()
    with pytest.raises(SettlementRefused) as refused:
        services.approve_payout_list(
            number=services.make_payout_list(demo=True, made_by=TELLER).number, approved_by=TELLER
        )
    services.withdraw_payout_list(number=PayoutList.objects.get().number, actor_id=TELLER)
    assert code_of(refused) == "same_person"
    PayeeAccount.objects.update(state="replaced")
    with pytest.raises(SettlementRefused) as refused:
        services.make_payout_list(demo=True, made_by=TELLER)
    assert code_of(refused) == "nothing"
    assert PayoutList.objects.count() == 1


def test_reasons_stand_with_who_is_held_back() -> None:
    verified(seller())
    for code, key in (("LQ-02", 2), ("KD-03", 3)):
        seller(code)
        received(sale(f"YS-{code}", key=key, freight=0, dims={"supplier": code}))
    services.propose_payee_account(
        supplier_code="KD-03", holder="康定茶业", bank="示例银行", number="62220000", proposed_by=TELLER
    )
    owed()
    services.make_payout_list(demo=True, made_by=TELLER)
    found = PayoutItem.objects.order_by("supplier__code").values_list(
        "supplier__code", "state", "held_reason", "fen"
    )
    assert list(found) == [
        ("KD-03", "held", "not_verified", 10_000),
        ("LQ-02", "held", "no_account", 10_000),
        ("WC-01", "waiting", "", 10_800),
    ]
    assert_settled()


def test_the_bank_s_line_marks_it_as_paid_and_resolves_its_difference() -> None:
    verified(seller())
    owed()
    approved_list()
    reference = PayoutItem.objects.get().reference
    bank_pays(
        ("B0", "108.00", "别人", "1", f"货款 {reference}"),
        ("B1", "108.00", "木门茶业", NUMBER, f"货款 {reference}"),
        ("B2", "3.00", "银行", "", "手续费"),
    )
    assert account() == {"collected": 10_800, "paid": 10_800}
    item = PayoutItem.objects.select_related("line", "list").get()
    assert item.line is not None
    assert (item.state, item.line.serial, item.line.state, item.list.state) == (
        "paid",
        "B1",
        "payout",
        "paid",
    )
    assert list(Difference.objects.filter(resolved_at=None).values_list("line__serial", flat=True)) == [
        "B0",
        "B2",
    ]
    assert services.match_payouts() == 0
    assert_settled()


def test_without_a_reference_a_line_is_taken_when_it_can_be_nobody_else_s() -> None:
    verified(seller())
    owed()
    approved_list()
    bank_pays(("B1", "108.00", "木门茶业", "622202*******001234", "货款"))
    assert PayoutItem.objects.get().state == "paid"
    assert_settled()


def test_a_serial_that_somebody_entered_finds_its_line() -> None:
    verified(seller())
    owed()
    approved_list()
    services.enter_serial(item_id=PayoutItem.objects.get().pk, bank_serial=" B 7 ", actor_id=TELLER)
    bank_pays(("B6", "108.00", "木门茶业", NUMBER, "货款"), ("B7", "108.00", "", "", "转账"))
    item = PayoutItem.objects.select_related("line").get()
    assert item.line is not None and item.line.serial == "B7"
    assert StatementLine.objects.get(serial="B6").state == "difference"
    assert_settled()


def test_a_refund_after_the_pay_out_is_taken_off_the_next_period() -> None:
    verified(seller())
    story = received(sale())
    services.draw_statements(through=OCTOBER, demo=True, actor_id=TELLER)
    approved_list()
    bank_pays(("B1", "108.00", "木门茶业", NUMBER, ""))
    refund(story, 3_333, 1, day="2026-11-06")
    assert account() == {"collected": 7_467, "payable": -3_333, "paid": 10_800}
    with time_machine.travel(dt.datetime(2026, 12, 3, tzinfo=SHANGHAI), tick=False):
        services.draw_statements(through=dt.date(2026, 11, 30), demo=True, actor_id=TELLER)
        with pytest.raises(SettlementRefused):
            services.make_payout_list(demo=True, made_by=TELLER)
        received(sale("YS2", key=2, day="2026-12-01"), day="2026-12-02")
    with time_machine.travel(dt.datetime(2027, 1, 5, tzinfo=SHANGHAI), tick=False):
        services.draw_statements(through=dt.date(2026, 12, 31), demo=True, actor_id=TELLER)
        made = services.make_payout_list(demo=True, made_by=TELLER)
    november, december = SupplierStatement.objects.order_by("ends_on")[1:]
    assert (november.opening_fen, november.back_fen, november.payout_fen, november.closing_fen) == (
        10_800,
        3_333,
        10_800,
        -3_333,
    )
    assert (december.opening_fen, december.closing_fen) == (-3_333, 7_467)
    assert made.items.get().fen == 7_467
    assert_settled()


def test_a_refund_before_the_pay_out_lowers_it() -> None:
    verified(seller())
    story = received(sale())
    services.draw_statements(through=OCTOBER, demo=True, actor_id=TELLER)
    refund(story, 3_333, 1, day="2026-11-02")
    assert services.make_payout_list(demo=True, made_by=TELLER).items.get().fen == 7_467


def test_a_balance_that_fell_after_the_list_was_made_stops_its_approval() -> None:
    verified(seller())
    story = received(sale())
    services.draw_statements(through=OCTOBER, demo=True, actor_id=TELLER)
    made = services.make_payout_list(demo=True, made_by=TELLER)
    refund(story, 3_333, 1, day="2026-11-05")
    with pytest.raises(SettlementRefused) as refused:
        services.approve_payout_list(number=made.number, approved_by=REVIEWER)
    assert code_of(refused) == "changed"
    assert not SettlementEntry.objects.filter(kind="payout").exists()
    services.withdraw_payout_list(number=made.number, actor_id=TELLER)
    assert services.make_payout_list(demo=True, made_by=TELLER).items.get().fen == 7_467
    assert_settled()


def test_a_second_list_waits_for_the_first() -> None:
    verified(seller())
    owed()
    services.make_payout_list(demo=True, made_by=TELLER)
    with pytest.raises(SettlementRefused) as refused:
        services.make_payout_list(demo=True, made_by=REVIEWER)
    assert code_of(refused) == "waiting"
    assert PayoutList.objects.count() == 1


def test_what_the_bank_did_not_pay_is_owed_again_by_the_word_of_two() -> None:
    verified(seller())
    owed()
    approved_list()
    item = PayoutItem.objects.get()
    with pytest.raises(SettlementRefused) as refused:
        services.confirm_release(item_id=item.pk, confirmed_by=REVIEWER)
    assert code_of(refused) == "not_asked"
    services.ask_release(item_id=item.pk, reason="户名不符，退票", asked_by=TELLER)
    with pytest.raises(SettlementRefused) as refused:
        services.confirm_release(item_id=item.pk, confirmed_by=TELLER)
    assert code_of(refused) == "same_person"
    for _again in range(2):
        services.confirm_release(item_id=item.pk, confirmed_by=REVIEWER)
    assert account() == {"collected": 10_800, "payable": 10_800}
    assert PayoutList.objects.get().state == "paid"
    assert services.make_payout_list(demo=True, made_by=TELLER).items.get().fen == 10_800
    assert_settled()


def test_a_new_account_takes_the_place_of_the_old_one_when_another_person_has_verified_it() -> None:
    supplier = seller()
    old = verified(supplier)
    new = services.propose_payee_account(
        supplier_code=supplier.code,
        holder="木门茶业",
        bank="新银行",
        number="6222 0300-0001",
        proposed_by=TELLER,
    )
    assert new.number == "622203000001"
    with pytest.raises(SettlementRefused) as refused:
        services.verify_payee_account(account_id=new.pk, verified_by=TELLER)
    assert code_of(refused) == "same_person"
    assert PayeeAccount.objects.get(state="verified") == old
    services.verify_payee_account(account_id=new.pk, verified_by=REVIEWER)
    assert PayeeAccount.objects.get(state="verified") == new
    texts = [f"{entry.after}" for entry in JournalEntry.objects.filter(object_type="supplier")]
    assert not any(NUMBER in text or new.number in text for text in texts)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "１２３４５６７８"}, "number"),
        ({"number": "1234567"}, "number"),
        ({"number": "=1+2345678"}, "number"),
        ({"holder": " "}, "holder"),
        ({"bank": "长" * 81}, "bank"),
    ],
)
def test_an_account_that_cannot_be_one_is_refused_by_its_field(fields: dict[str, str], field: str) -> None:
    supplier = seller()
    values = {"holder": "木门茶业", "bank": "示例银行", "number": NUMBER} | fields
    with pytest.raises(SettlementRefused) as refused:
        services.propose_payee_account(supplier_code=supplier.code, proposed_by=TELLER, **values)
    assert refused.value.field == field
    assert not PayeeAccount.objects.exists()


def test_the_bank_s_files_keep_every_digit_and_run_nothing() -> None:
    supplier = seller()
    made = services.propose_payee_account(
        supplier_code=supplier.code, holder="=HYPERLINK(1)", bank="@银行", number=NUMBER, proposed_by=TELLER
    )
    services.verify_payee_account(account_id=made.pk, verified_by=REVIEWER)
    owed()
    items = list(approved_list().items.select_related("account"))
    book = load_workbook(io.BytesIO(bank_xlsx(items)))
    page = book.active
    assert page is not None
    row = [cell.value for cell in list(page.rows)[1]]
    assert row == [1, "'=HYPERLINK(1)", NUMBER, "'@银行", 108, items[0].reference]
    assert [cell.data_type for cell in list(page.rows)[1]] == ["n", "s", "s", "s", "n", "s"]
    text = bank_csv(items).decode("utf-8-sig").splitlines()[1]
    assert text == f"1,'=HYPERLINK(1),{NUMBER}\t,'@银行,108.00,{items[0].reference}"


def test_a_commission_is_agreed_by_two_and_never_backdated() -> None:
    seller()
    today = dt.date(2026, 11, 5)
    fields: dict[str, Any] = {
        "supplier": "",
        "category": "tea",
        "rate_bp": 200,
        "reason": "合同",
        "proposed_by": TELLER,
    }
    for change, code in (
        ({"starts_on": today}, "too_early"),
        ({"rate_bp": 5_001}, "rate"),
        ({"reason": " "}, "reason_missing"),
        ({"supplier": "nobody"}, "unknown_supplier"),
    ):
        with pytest.raises(SettlementRefused) as refused:
            services.propose_rate(**({"starts_on": today + dt.timedelta(days=1)} | fields | change))
        assert code_of(refused) == code
    rate = services.propose_rate(starts_on=today + dt.timedelta(days=1), **fields)
    with pytest.raises(SettlementRefused) as refused:
        services.approve_rate(rate_id=rate.pk, approved_by=TELLER)
    assert code_of(refused) == "same_person"
    with time_machine.travel(dt.datetime(2026, 11, 6, tzinfo=SHANGHAI), tick=False):
        with pytest.raises(SettlementRefused) as refused:
            services.approve_rate(rate_id=rate.pk, approved_by=REVIEWER)
        assert code_of(refused) == "too_early"
    services.approve_rate(rate_id=rate.pk, approved_by=REVIEWER)
    again = services.propose_rate(starts_on=today + dt.timedelta(days=1), **fields)
    with pytest.raises(SettlementRefused) as refused:
        services.approve_rate(rate_id=again.pk, approved_by=REVIEWER)
    assert code_of(refused) == "known"
    assert services.withdraw_rate(rate_id=again.pk, actor_id=TELLER).state == "withdrawn"
