"""Bank statements: the dry run, the second person, the register, and what each line does."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from shop.accounts.scope import SYSTEM
from shop.buyers.selectors import buying_unit
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import selectors, services
from shop.gateways.bank_models import BankAccount, Difference, MoneyAssignment, StatementFile, StatementLine
from shop.gateways.models import Payment, PaymentAttempt, TransferClaim
from shop.gateways.providers.bank_transfer import codes_in, spelled
from shop.gateways.services import settling
from shop.gateways.services.captures import capture
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.ordering.models import OrderRecord
from tests.factories import Cast, make_cast, make_organisation
from tests.gateways.bank import COLUMNS, PAYER, bring, came, csv_of, left, make_account, upload, xlsx_of
from tests.gateways.cast import DUE, bank_line, states, topics, transfer_order
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(ShopError) as error:
        act()
    return error.value.code


def open_kinds() -> list[str]:
    return list(Difference.objects.filter(resolved_at=None).order_by("pk").values_list("kind", flat=True))


def by_hand(cast: Cast, attempt: PaymentAttempt | None, fen: int = DUE, serial: str = "S1") -> Payment:
    claim_id = bank_line(attempt, fen, by=cast.finance.pk, serial=serial)
    return services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.second_finance.pk)


# --- the file ----------------------------------------------------------------------------------------


def test_nothing_counts_before_another_person_confirms(cast: Cast) -> None:
    record, attempt = transfer_order()
    file = upload(cast, csv_of(came("S1", "200.00", f"货款{attempt.reference}")))
    assert (file.state, file.rows, file.new, file.known, file.faulty) == ("previewed", 1, 1, 0, 0)
    assert (
        refused(lambda: services.confirm_statement(file_id=file.pk, confirmed_by=cast.finance.pk))
        == "same_person"
    )
    assert not StatementLine.objects.exists()
    assert states(record) == ("unpaid", "held", 0, "")
    assert services.confirm_statement(file_id=file.pk, confirmed_by=cast.second_finance.pk) == 1
    assert services.confirm_statement(file_id=file.pk, confirmed_by=cast.staff.pk) == 0
    assert (services.settle_lines(), services.settle_lines()) == (1, 0)
    assert states(record) == ("paid", "released", DUE, "")
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementFile.objects.update(confirmed_by=cast.finance.pk)


def test_the_same_file_twice_changes_nothing(cast: Cast) -> None:
    _record, attempt = transfer_order()
    rows = [came("S1", "200.00", attempt.reference), came("S2", "5.00", "?")]
    bring(cast, *rows)
    before = (JournalEntry.objects.count(), Payment.objects.count(), topics())
    again = upload(cast, csv_of(*rows))
    assert (again.state, StatementFile.objects.count(), StatementLine.objects.count()) == ("applied", 1, 2)
    services.confirm_statement(file_id=again.pk, confirmed_by=cast.second_finance.pk)
    assert services.settle_lines() == 0
    assert (JournalEntry.objects.count(), Payment.objects.count(), topics()) == before
    other = make_account(number="2")
    assert refused(lambda: upload(cast, csv_of(*rows), account=other)) == "other_account"


def test_a_changed_file_adds_its_new_lines_and_names_the_changed_one(cast: Cast) -> None:
    bring(cast, came("S1", "5.00"), came("S2", "6.00"))
    file = upload(cast, xlsx_of(came("S1", "5.00"), came("S2", "6.60"), came("S3", "7.00")))
    assert (file.new, file.known, [change["row"] for change in file.changed]) == (1, 1, [3])
    assert (file.changed[0]["was"][:5], file.changed[0]["now"][:5]) == ("+6.00", "+6.60")
    assert open_kinds() == ["no_order", "no_order"]
    services.confirm_statement(file_id=file.pk, confirmed_by=cast.second_finance.pk)
    services.settle_lines()
    assert list(StatementLine.objects.order_by("serial").values_list("serial", "fen")) == [
        ("S1", 500),
        ("S2", 600),
        ("S3", 700),
    ]
    assert open_kinds() == ["no_order", "no_order", "changed", "no_order"]
    assert Payment.objects.count() == 3
    drain()
    assert_kept()


def test_a_line_that_fails_holds_up_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_six(**wanted: Any) -> Payment:
        if wanted["money"].fen == 600:
            raise RuntimeError("a fault of our own")
        return capture(**wanted)

    monkeypatch.setattr(settling, "capture", refuse_six)
    bring(cast, came("S1", "6.00"), came("S2", "5.00"))
    assert dict(StatementLine.objects.values_list("serial", "state")) == {"S1": "new", "S2": "taken"}
    monkeypatch.undo()
    assert services.settle_lines() == 1
    assert dict(StatementLine.objects.values_list("serial", "state")) == {"S1": "taken", "S2": "taken"}
    assert sorted(Payment.objects.values_list("fen", flat=True)) == [500, 600]


def test_every_bad_row_is_named_and_nothing_is_applied(cast: Cast) -> None:
    tomorrow = f"{clock.today() + dt.timedelta(days=1)}"
    file = upload(
        cast,
        csv_of(
            came("S1", "5.00"),
            came("S2", "五元"),
            came("", "5.00"),
            came("S4", "5.00", day="31/12/2026"),
            came("S5", "5.00", day=tomorrow),
            (f"{clock.today()}", "S6", "1", "1", PAYER, "", ""),
            (f"{clock.today()}", "S7", "", "", PAYER, "", ""),
            came("S1", "9.00"),
            ("合计", "", "29.00", "", "", "", ""),
        ),
    )
    assert [(fault["row"], fault["column"], fault["reason"]) for fault in file.faults] == [
        (4, "贷方金额", "不是金额：五元"),
        (5, "流水号", "未填写"),
        (6, "交易日期", "不是 2026-11-12 这样的日期：31/12/2026"),
        (7, "交易日期", "是将来的日期"),
        (8, "贷方金额", "两个金额必须且只能填一个"),
        (9, "贷方金额", "两个金额必须且只能填一个"),
        (10, "流水号", "与第 3 行的流水号和日期相同"),
    ]
    assert (file.rows, file.faulty, file.skipped) == (8, 7, 1)
    assert (
        refused(lambda: services.confirm_statement(file_id=file.pk, confirmed_by=cast.staff.pk)) == "faulty"
    )
    assert not StatementLine.objects.exists()


def test_signed_amounts_full_width_digits_and_wide_serials_are_read(cast: Cast) -> None:
    account = make_account()
    signed = {name: column for name, column in COLUMNS.items() if "amount" not in name} | {"amount": "发生额"}
    services.save_mapping(account_id=account.pk, columns=signed, actor_id=1)
    head = ("交易日期", "流水号", "发生额", "对方户名", "摘要")
    day = f"{clock.today():%Y%m%d}"
    file = upload(
        cast, xlsx_of((day, "ａ１ 2", "１，２３４．５", "甲", "x"), (day, "B", "-3", "乙", "y"), head=head)
    )
    services.confirm_statement(file_id=file.pk, confirmed_by=cast.staff.pk)
    assert list(StatementLine.objects.order_by("row").values_list("serial", "direction", "fen")) == [
        ("A12", "in", 123_450),
        ("B", "out", 300),
    ]


def test_a_mapping_names_one_way_of_amounts(cast: Cast) -> None:
    account = make_account()
    for columns in (
        COLUMNS | {"amount": "发生额"},
        {name: column for name, column in COLUMNS.items() if name != "amount_out"},
        {name: column for name, column in COLUMNS.items() if name != "serial"},
        COLUMNS | {"purpose": "流水号"},
    ):
        with pytest.raises(ShopError):
            services.save_mapping(account_id=account.pk, columns=columns, actor_id=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        account.mapping.__class__.objects.update(amount_in="")
    plain_account = BankAccount.objects.create(number="3", name="远山集")
    assert refused(lambda: upload(cast, csv_of(came("S1", "1")), account=plain_account)) == "no_columns"
    assert not StatementFile.objects.exists()


# --- money received ----------------------------------------------------------------------------------


def test_a_code_is_found_however_it_is_written() -> None:
    _record, attempt = transfer_order()
    code = attempt.reference
    wide = "".join(chr(ord(character) + 0xFEE0) for character in code)
    for text in (code, spelled(code).lower(), f"货款 {code[:4]}  {code[4:]} 谢谢", wide, f"NO.7{code}2026"):
        assert code in codes_in(text)
    assert codes_in("没有") == []


@pytest.mark.parametrize(
    ("yuan", "expected", "unapplied"),
    [
        ("200.00", ("paid", "released", DUE, ""), 0),
        ("150.00", ("unpaid", "held", 0, "partial"), 15_000),
        ("203.00", ("paid", "released", DUE, "surplus"), 300),
    ],
)
def test_exact_partial_and_surplus(
    cast: Cast, yuan: str, expected: tuple[str, str, int, str], unapplied: int
) -> None:
    record, attempt = transfer_order()
    [line] = bring(cast, came("S1", yuan, f"货款{spelled(attempt.reference).lower()}"))
    assert states(record) == expected
    payment = line.payment
    assert payment is not None
    assert (line.state, line.reference) == ("taken", attempt.reference)
    assert payment.fen - payment.applied_fen == unapplied
    assert payment.verified_by == f"{cast.finance.pk}+{cast.second_finance.pk}"
    # Partial and surplus money is the order's, in the queue of unapplied money; it is no difference.
    assert open_kinds() == []
    drain()
    assert_kept()


def test_the_ledger_shows_the_bank_line_as_evidence(cast: Cast) -> None:
    record, attempt = transfer_order()
    [line] = bring(cast, came("S1", "200.00", attempt.reference))
    drain()
    entries = LedgerEntry.objects.filter(order_number=record.number, leg="apply", kind="goods")
    # The key of the payment is the line's key in the register, and two people have verified it.
    assert set(entries.values_list("payment_key", "grade")) == {
        (f"bank:{line.booked_on:%Y%m%d}:{line.serial}", "B")
    }
    assert sum(entries.values_list("fen", flat=True)) == DUE


def test_an_unknown_code_is_money_without_an_order(cast: Cast) -> None:
    [line] = bring(cast, came("S1", "7.00", "货款"))
    assert line.payment is not None
    assert (line.payment.record, line.payment.applied_fen, open_kinds()) == (None, 0, ["no_order"])
    difference = Difference.objects.get()
    assert (difference.owner_id, difference.fen) == (cast.second_finance.pk, 700)
    assert (
        refused(
            lambda: services.resolve_difference(difference_id=difference.pk, note="x", actor_id=cast.staff.pk)
        )
        == "money_waits"
    )
    drain()
    assert_kept()


def test_without_a_code_amount_and_payer_decide(cast: Cast) -> None:
    record, attempt = transfer_order()
    bring(cast, came("S1", "150.00", attempt.reference))
    # The rest comes from the same payer, without the code; another's money of this sum does not count.
    bring(cast, came("S2", "50.00", "尾款", payer="别家公司"))
    assert states(record)[0] == "unpaid"
    bring(cast, came("S3", "50.00", "尾款"))
    assert states(record) == ("paid", "released", DUE, "")
    assert open_kinds() == ["no_order"]


def test_who_imports_does_not_match_money_to_an_order_of_their_own(cast: Cast) -> None:
    record, attempt = transfer_order(buyer=cast.finance)
    bring(cast, came("S1", "200.00", attempt.reference))
    assert states(record)[0] == "unpaid"
    assert open_kinds() == ["no_order"]


def test_payouts_of_payment_services_are_nobodys_order(cast: Cast) -> None:
    account = make_account(not_buyers="财付通支付科技有限公司")
    [line] = bring(cast, came("S1", "9.00", payer="财付通支付科技有限公司"), account=account)
    assert (line.state, Payment.objects.count()) == ("ignored", 0)


# --- what people entered by hand ---------------------------------------------------------------------


@pytest.mark.parametrize("serial", ["S1", "S1X"])
def test_a_line_is_evidence_of_a_confirmed_transfer(cast: Cast, serial: str) -> None:
    """Also when somebody mistyped its serial number: the same code and amount."""
    record, attempt = transfer_order()
    payment = by_hand(cast, attempt, serial=serial)
    [line] = bring(cast, came("S1", "200.00", attempt.reference))
    assert (line.state, line.payment, Payment.objects.count()) == ("evidence", payment, 1)
    assert line.claim == TransferClaim.objects.get()
    assert states(record) == ("paid", "released", DUE, "")
    drain()
    assert_kept()


def test_a_line_confirms_what_one_person_has_entered(cast: Cast) -> None:
    record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE, by=cast.second_finance.pk)
    [line] = bring(cast, came("S1", "200.00", "没写码"))
    claim = TransferClaim.objects.get(pk=claim_id)
    assert (claim.state, claim.confirmed_by, line.state) == ("confirmed", cast.finance.pk, "evidence")
    assert states(record) == ("paid", "released", DUE, "")
    services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    assert Payment.objects.count() == 1


def test_another_amount_under_the_same_serial_is_not_money_but_a_difference(cast: Cast) -> None:
    _record, attempt = transfer_order()
    by_hand(cast, attempt)
    [line] = bring(cast, came("S1", "199.00", attempt.reference))
    assert (line.state, Payment.objects.count(), open_kinds()) == ("difference", 1, ["claim_differs"])
    difference = Difference.objects.get()
    take: dict[str, Any] = {"difference_id": difference.pk, "note": "另一笔"}
    assert refused(lambda: services.take_difference(**take, actor_id=cast.finance.pk)) == "same_person"
    assert open_kinds() == ["claim_differs"]
    services.take_difference(**take, actor_id=cast.staff.pk)
    line.refresh_from_db()
    assert line.payment is not None
    assert (line.state, line.payment.key) == ("taken", f"bank:{line.account_id}:{clock.today():%Y%m%d}:S1")
    assert open_kinds() == ["no_order"]
    drain()
    assert_kept()


def test_a_second_line_of_a_confirmed_transfer_goes_to_the_queue(cast: Cast) -> None:
    _record, attempt = transfer_order()
    by_hand(cast, attempt)
    bring(cast, came("S1", "200.00", attempt.reference))
    other = make_account(number="2")
    file = upload(cast, csv_of(came("S1", "200.00", attempt.reference), above="另一账号\n"), account=other)
    services.confirm_statement(file_id=file.pk, confirmed_by=cast.staff.pk)
    services.settle_lines()
    assert (open_kinds(), Payment.objects.count()) == (["claim_evidenced"], 1)
    services.resolve_difference(
        difference_id=Difference.objects.get().pk, note="重复下载", actor_id=cast.staff.pk
    )
    assert StatementLine.objects.get(account=other).state == "ignored"


def test_an_imported_line_is_not_entered_by_hand_again(cast: Cast) -> None:
    _record, attempt = transfer_order()
    _other, waiting = transfer_order()
    claim_id = bank_line(waiting, 1_000, by=cast.staff.pk, serial="S9X")
    bring(cast, came("S1", "50.00", attempt.reference), came("S9", "10.00", waiting.reference))
    assert refused(lambda: bank_line(attempt, 5_000, by=cast.staff.pk, serial="s 1")) == "line_imported"
    assert refused(lambda: bank_line(attempt, 5_000, by=cast.staff.pk, serial="S2")) == "line_imported"
    confirm = lambda: services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.finance.pk)
    assert refused(confirm) == "line_imported"
    assert Payment.objects.count() == 2


def test_a_hand_confirmation_without_a_line_is_a_difference_after_three_working_days(cast: Cast) -> None:
    # A Thursday: its third working day is the Tuesday after.
    with time_machine.travel(dt.datetime(2026, 11, 12, 2, tzinfo=dt.UTC), tick=False):
        _record, attempt = transfer_order()
        by_hand(cast, attempt)
    with time_machine.travel(dt.datetime(2026, 11, 17, 15, 59, tzinfo=dt.UTC), tick=False):
        assert services.find_missing_lines() == 0
    with time_machine.travel(dt.datetime(2026, 11, 17, 16, 0, tzinfo=dt.UTC), tick=False):
        assert (services.find_missing_lines(), services.find_missing_lines()) == (1, 0)
        difference = Difference.objects.get()
        assert (difference.kind, difference.fen) == ("no_line", DUE)
        assert (difference.owner_id, difference.opened_at) == (cast.second_finance.pk, clock.now())
        bring(cast, came("S1", "200.00", attempt.reference, day="2026-11-12"))
    difference.refresh_from_db()
    assert difference.resolved_at is not None
    assert (difference.resolved_by, open_kinds()) == (None, [])


def test_a_difference_has_an_owner_and_ends_with_a_note(cast: Cast) -> None:
    bring(cast, left("S1", "3.00", "手续费"))
    difference = Difference.objects.get()
    change = {"difference_id": difference.pk, "actor_id": cast.staff.pk}
    assert refused(lambda: services.assign_difference(owner_id=cast.resident.pk, **change)) == "not_desk"
    services.assign_difference(owner_id=cast.finance.pk, **change)
    assert refused(lambda: services.resolve_difference(note=" ", **change)) == "note_missing"
    services.resolve_difference(note="手续费", **change)
    assert refused(lambda: services.resolve_difference(note="手续费", **change)) == "resolved"
    difference.refresh_from_db()
    assert (difference.owner_id, difference.resolved_by, difference.note) == (
        cast.finance.pk,
        cast.staff.pk,
        "手续费",
    )
    assert StatementLine.objects.get().state == "ignored"
    actions = (
        JournalEntry.objects.filter(object_type="difference").order_by("pk").values_list("action", flat=True)
    )
    assert list(actions) == ["difference.assigned", "difference.resolved"]


# --- money without an order --------------------------------------------------------------------------


def test_two_people_say_which_order_money_is_for(cast: Cast) -> None:
    record, _attempt = transfer_order()
    [line] = bring(cast, came("S1", "200.00", "忘写码"))
    assert line.payment is not None
    ask: dict[str, Any] = {"payment_id": line.payment.pk, "order_number": record.number}
    assignment = services.propose_assignment(**ask, proposed_by=cast.finance.pk)
    assert (
        refused(lambda: services.propose_assignment(**ask, proposed_by=cast.staff.pk)) == "assignment_known"
    )
    approve = {"assignment_id": assignment.pk}
    assert (
        refused(lambda: services.approve_assignment(**approve, approved_by=cast.finance.pk)) == "same_person"
    )
    assert states(record)[0] == "unpaid"
    for _again in range(2):
        services.approve_assignment(**approve, approved_by=cast.staff.pk)
    assert states(record) == ("paid", "released", DUE, "")
    assert (PaymentAttempt.objects.get().state, open_kinds()) == ("succeeded", [])
    assert refused(lambda: services.propose_assignment(**ask, proposed_by=cast.staff.pk)) == "has_order"
    with pytest.raises(IntegrityError), transaction.atomic():
        MoneyAssignment.objects.update(decided_by=cast.finance.pk)
    drain()
    assert_kept()


def test_an_assignment_is_refused_or_withdrawn_without_a_trace_in_the_money(cast: Cast) -> None:
    own, _attempt = transfer_order(buyer=cast.finance)
    [line] = bring(cast, came("S1", "200.00", "忘写码"))
    assert line.payment is not None

    def propose(number: str) -> MoneyAssignment:
        return services.propose_assignment(
            payment_id=line.payment_id or 0, order_number=number, proposed_by=cast.finance.pk
        )

    assert refused(lambda: propose("nothing")) == "order_unknown"
    assert refused(lambda: propose(own.number)) == "own_order"
    record, _attempt = transfer_order()
    OrderRecord.objects.filter(pk=record.pk).update(demo=False)
    assert refused(lambda: propose(record.number)) == "demo_mixed"
    OrderRecord.objects.filter(pk=record.pk).update(demo=True)
    assignment = propose(record.number)
    with time_machine.travel(clock.now() + dt.timedelta(days=9), tick=False):
        assert services.expire_due_orders() == 1  # own's; the other's money is being looked at.
        services.withdraw_assignment(assignment_id=assignment.pk, actor_id=cast.staff.pk)
        assert services.expire_due_orders() == 1
    assert (
        refused(lambda: services.approve_assignment(assignment_id=assignment.pk, approved_by=cast.staff.pk))
        == "withdrawn"
    )
    assert Payment.objects.get().record is None


def test_money_sent_back_ends_its_difference(cast: Cast) -> None:
    [line] = bring(cast, came("S1", "7.00", "?"))
    execution = services.return_unapplied(
        payment_id=line.payment_id or 0, requested_by=cast.finance.pk, approved_by=cast.staff.pk
    )
    [back] = bring(cast, left("S2", "7.00", "退回"))
    assert (back.state, back.execution) == ("executed", execution)
    assert (services.close_spent_money(), open_kinds()) == (1, [])
    assert topics("unapplied.returned") == ["unapplied.returned"]
    drain()
    assert_kept()


# --- what the bank writes beside an amount, and who pays for a unit --------------------------------------


def test_a_column_of_marks_says_whether_an_amount_came_or_left(cast: Cast) -> None:
    account = make_account()
    marked = {name: column for name, column in COLUMNS.items() if "amount" not in name}
    with pytest.raises(ShopError) as alone:
        services.save_mapping(account_id=account.pk, columns=COLUMNS | {"direction": "借贷标志"}, actor_id=1)
    assert alone.value.field == "direction"
    services.save_mapping(
        account_id=account.pk, columns=marked | {"amount": "发生额", "direction": "借贷标志"}, actor_id=1
    )
    day, head = f"{clock.today()}", ("交易日期", "流水号", "发生额", "借贷标志", "对方户名", "摘要")
    marks = ("贷", " 借 ", "收", "支", "Ｃ", "d", "贷方")
    rows = [(day, f"S{index}", "5.00", mark, "甲", "x") for index, mark in enumerate(marks)]
    file = upload(cast, xlsx_of(*rows, head=head))
    services.confirm_statement(file_id=file.pk, confirmed_by=cast.staff.pk)
    lines = StatementLine.objects.order_by("row").values_list("direction", flat=True)
    assert list(lines) == ["in", "out", "in", "out", "in", "out", "in"]
    bad = upload(
        cast, xlsx_of((day, "T1", "5.00", "", "甲", "x"), (day, "T2", "-5.00", "借", "甲", "x"), head=head)
    )
    assert [(fault["row"], fault["column"]) for fault in bad.faults] == [(2, "借贷标志"), (3, "发生额")]
    with pytest.raises(IntegrityError), transaction.atomic():
        account.mapping.__class__.objects.update(amount="")


def test_a_units_order_is_paid_by_the_unit_or_a_name_registered_for_it(cast: Cast) -> None:
    unit = make_organisation(code="un-001", buyer=cast.union_buyer, approver=cast.union_approver)
    other = make_organisation(code="un-002", name="另一工会")

    def units_order() -> OrderRecord:
        return transfer_order(buyer=cast.union_buyer, unit=buying_unit(unit))[0]

    first = units_order()
    # Who receives the goods is not who pays for them.
    bring(cast, came("S1", "200.00", "货款", payer=first.recipient_name))
    assert states(first)[0] == "unpaid"
    bring(cast, came("S2", "200.00", "货款", payer=unit.name))
    assert states(first)[0] == "paid"
    centre = "萧山区财政（国库）中心"
    services.add_payer_name(organisation_id=unit.pk, name=centre, actor_id=cast.finance.pk)
    assert (
        refused(
            lambda: services.add_payer_name(organisation_id=other.pk, name="萧山区财政(国库)中心", actor_id=1)
        )
        == "name_taken"
    )
    second = units_order()
    [waiting] = selectors.shown_transfers(selectors.awaited_transfers(SYSTEM))
    assert waiting.payers == (unit.name, centre)
    bring(cast, came("S3", "200.00", "货款", payer="萧山区财政(国库)中心"))
    assert states(second)[0] == "paid"
    name = unit.payer_names.get()
    services.remove_payer_name(name_id=name.pk, actor_id=cast.finance.pk)
    services.remove_payer_name(name_id=name.pk, actor_id=cast.finance.pk)
    third = units_order()
    bring(cast, came("S4", "200.00", "货款", payer="萧山区财政(国库)中心"))
    assert states(third)[0] == "unpaid"
    assert JournalEntry.objects.filter(action__startswith="payer_name.").count() == 2
