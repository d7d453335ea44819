"""Periods, statements to the fen and byte, and what happens behind a statement that is drawn."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection

from shop.core.clock import SHANGHAI
from shop.settlement import services
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.invariants import violations
from shop.settlement.models import SettlementEntry, SupplierAccount, SupplierStatement
from shop.settlement.presenting import lines_of_statement
from shop.settlement.statement_pdf import statement_pdf
from shop.settlement.terms import Calendar
from tests.ledger.story import item
from tests.settlement.cast import (
    CODE,
    NOW,
    OCTOBER,
    SEPTEMBER,
    TELLER,
    assert_settled,
    in_november,
    received,
    refund,
    sale,
    seller,
)

pytestmark = [pytest.mark.django_db, pytest.mark.data]

SUMS = ("opening_fen", "goods_fen", "freight_fen", "back_fen", "commission_fen", "payout_fen", "closing_fen")


def drawn(through: dt.date = OCTOBER) -> list[tuple[Any, ...]]:
    with in_november():
        services.draw_statements(through=through, demo=True, actor_id=TELLER)
    return list(SupplierStatement.objects.order_by("ends_on").values_list("number", *SUMS))


def test_a_statement_holds_what_the_month_did() -> None:
    seller()
    received(sale())
    refund(received(sale("YS2", key=2)), 3_333, 1, key=2)
    assert drawn() == [(f"DJS20261031-{CODE}", 0, 20_000, 1_600, 3_333, 0, 0, 18_267)]
    statement = SupplierStatement.objects.get()
    assert (statement.starts_on, statement.ends_on, statement.pending_fen) == (
        dt.date(2026, 10, 1),
        OCTOBER,
        0,
    )
    assert [
        (line.order_number, line.kind, line.sums.units, line.sums.change)
        for line in lines_of_statement(statement)
    ] == [
        ("YS1", "freight", 0, 800),
        ("YS1", "goods", 3, 10_000),
        ("YS2", "freight", 0, 800),
        ("YS2", "goods", 2, 6_667),
    ]
    assert_settled()


def test_a_second_call_draws_nothing_and_an_empty_month_has_no_statement() -> None:
    seller()
    sale()
    assert drawn() == []
    assert SupplierAccount.objects.get().drawn_through == OCTOBER
    assert drawn() == []


def test_what_comes_late_is_booked_after_the_statement_and_carried_over() -> None:
    seller()
    story = received(sale())
    drawn()
    refund(story, 3_333, 1, day="2026-10-20")
    late = SettlementEntry.objects.filter(debit="payable", credit="pending").get()
    assert late.booked_on == dt.date(2026, 11, 1)
    with time_machine.travel(dt.datetime(2026, 12, 3, tzinfo=SHANGHAI), tick=False):
        services.draw_statements(through=dt.date(2026, 11, 30), demo=True, actor_id=TELLER)
    rows = list(SupplierStatement.objects.order_by("ends_on").values_list(*SUMS))
    assert rows == [(0, 10_000, 800, 0, 0, 0, 10_800), (10_800, 0, 0, 3_333, 0, 0, 7_467)]
    assert_settled()


def test_a_rule_cuts_months_in_two_from_its_day_on_and_never_before() -> None:
    with time_machine.travel(dt.datetime(2026, 8, 5, tzinfo=SHANGHAI), tick=False):
        for day in (dt.date(2026, 8, 1), dt.date(2026, 10, 2)):
            with pytest.raises(SettlementRefused):
                services.set_rule(
                    starts_on=day, cycle="half_month", third_person=False, reason="约定", set_by=TELLER
                )
        services.set_rule(
            starts_on=dt.date(2026, 10, 1),
            cycle="half_month",
            third_person=True,
            reason="约定",
            set_by=TELLER,
        )
    ends = [period.ends_on for period in Calendar().periods(SEPTEMBER, NOW.date())]
    assert ends == [SEPTEMBER, dt.date(2026, 10, 15), OCTOBER]
    assert not Calendar().rule(SEPTEMBER).third_person
    assert Calendar().rule(OCTOBER).third_person
    seller()
    received(sale())
    received(sale("YS2", key=2), day="2026-10-16")
    assert [row[0] for row in drawn()] == [f"DJS20261015-{CODE}", f"DJS20261031-{CODE}"]
    assert_settled()


def test_a_period_that_is_not_over_and_a_day_that_ends_none_are_refused() -> None:
    seller()
    received(sale())
    for day, code in ((dt.date(2026, 11, 30), "not_over"), (dt.date(2026, 10, 15), "no_end")):
        with in_november(), pytest.raises(SettlementRefused) as refused:
            services.draw_statements(through=day, demo=True, actor_id=TELLER)
        assert refused.value.code == code
    assert not SupplierStatement.objects.exists()


def test_nothing_is_drawn_while_events_of_the_time_are_on_their_way() -> None:
    seller()
    story = received(sale())
    story.post = None
    story.refund("requested", "R1", item("share:1", 1, 3_333))
    with in_november():
        assert services.draw_due_statements() == 0
        with pytest.raises(SettlementRefused) as refused:
            services.draw_statements(through=OCTOBER, demo=True, actor_id=TELLER)
    assert refused.value.code == "on_their_way"
    assert not SupplierStatement.objects.exists()
    services.catch_up()
    with in_november():
        assert services.draw_due_statements() == 1
        assert services.draw_due_statements() == 0


def test_the_pdf_is_the_same_bytes_every_time_and_begins_a_page_for_long_ones() -> None:
    seller()
    for number in range(1, 61):
        received(sale(f"YS{number:03d}", key=number, fen=1_000 + number))
    drawn()
    statement = SupplierStatement.objects.select_related("supplier").get()
    first = statement_pdf(statement, lines_of_statement(statement))
    assert first.startswith(b"%PDF-")
    assert first == statement_pdf(statement, lines_of_statement(statement))
    assert first.count(b"/Type /Page\n") == 4


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE settlement_settlemententry SET fen = fen + 1 WHERE credit = 'payable'", "statement"),
        ("DELETE FROM settlement_settlemententry WHERE kind = 'freight'", "supplier"),
        ("UPDATE settlement_standing SET paid_fen = 1, pots = '{}'", "it stands at"),
        ("UPDATE settlement_supplierstatement SET digest = 'x'", "its entries are not those"),
    ],
)
def test_what_is_changed_behind_the_services_is_named(statement: str, named: str) -> None:
    seller()
    received(sale())
    drawn()
    assert_settled()
    with connection.cursor() as cursor:
        for table in ("settlement_settlemententry", "settlement_supplierstatement"):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER {table}_no_change ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER {table}_no_update")
                cursor.execute(f"DROP TRIGGER {table}_no_delete")
        cursor.execute(statement)
    found = violations()
    assert any("trigger" in sentence for sentence in found)
    assert any(named in sentence for sentence in found if "trigger" not in sentence)
