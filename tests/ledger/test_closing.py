"""Closing a month: who, in which order, what speaks against it, and that it stays closed."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import override
from pytest_django import Settings

from shop.core import clock
from shop.gateways.bank_models import Difference
from shop.gateways.models import Payment
from shop.journal.models import JournalEntry
from shop.ledger.closing import (
    next_month,
    prepare_month,
    release_month,
    review_month,
    send_month_back,
    set_closing_rule,
)
from shop.ledger.closing_checks import obstacles
from shop.ledger.closing_models import ClosingRule, MonthClosing, Statement
from shop.ledger.exceptions import ClosingError, MonthNotReady
from shop.ledger.models import LedgerEntry
from shop.ledger.periods import first_open_day
from shop.outbox.models import OutboxMessage
from tests.ledger.closers import Closers, bring_bill, close, day, make_closers
from tests.ledger.story import Story, at, charge, item, share
from tests.ledger.test_verification import sql

pytestmark = [pytest.mark.django_db, pytest.mark.data]

SEPTEMBER, OCTOBER, NOVEMBER = day("2026-09"), day("2026-10"), day("2026-11")


@pytest.fixture
def closers() -> Closers:
    return make_closers()


@pytest.fixture
def sale() -> Story:
    """Paid on 30 September, confirmed on 8 October."""
    story = Story([share(1, 10000, 5)], [charge(1, 800)]).place().pay(("p", 10800))
    story.parcel("shipped", 1, 5, day="2026-10-02").parcel("received", 1, 5, day="2026-10-08")
    return story


def refused(act: Callable[[], object], code: str) -> str:
    """Return the words of a refusal; nothing is written by it."""
    before = _everything()
    with pytest.raises(ClosingError) as error:
        act()
    assert error.value.code == code
    assert _everything() == before
    return str(error.value)


def _everything() -> tuple[object, ...]:
    return (
        list(MonthClosing.objects.order_by("pk").values_list()),
        Statement.objects.count(),
        JournalEntry.objects.count(),
        OutboxMessage.objects.count(),
        first_open_day(),
    )


def test_three_people_close_a_month_and_the_statement_says_what_it_held(
    sale: Story, closers: Closers
) -> None:
    [statement] = close("2026-09", closers)
    assert (statement.number, statement.month, statement.demo) == ("YJ-2026-09-DEMO", SEPTEMBER, True)
    assert (statement.entries, statement.confirmed_fen, statement.paid_fen) == (4, 0, 10000)
    assert (statement.prepared_by, statement.reviewed_by, statement.released_by) == (
        closers.preparer.pk,
        closers.reviewer.pk,
        closers.releaser.pk,
    )
    body = json.loads(statement.body)
    assert body["figures"] == {"freight": 800, "gross": 10000, "net": 10000, "stage-unshipped": 10000}
    assert body["dimensions"]["region"]["wangcang"]["net"] == 10000
    assert body["dimensions"]["grade"] == {"B": body["figures"]}
    assert body["previous"] is None
    assert (body["basis"], body["rule_version"], body["data"]) == ("平台口径", "1", "demo")
    assert first_open_day() == OCTOBER
    assert next_month() == OCTOBER


def test_statements_carry_the_sums_on_and_name_the_one_before(sale: Story, closers: Closers) -> None:
    [september] = close("2026-09", closers)
    [october] = close("2026-10", closers)
    body = json.loads(october.body)
    assert body["previous"] == {"number": "YJ-2026-09-DEMO", "digest": september.digest}
    assert october.previous_digest == september.digest
    assert body["figures"] == {"confirmed": 10000, "stage-confirmed": 10000, "stage-unshipped": -10000}
    assert body["to_date"]["net"] == body["year_to_date"]["net"] == 10000
    assert "stage-unshipped" not in body["to_date"]


def test_what_happens_to_a_closed_month_is_booked_in_the_open_one(sale: Story, closers: Closers) -> None:
    close("2026-09", closers)
    close("2026-10", closers)
    before = list(Statement.objects.order_by("pk").values_list("body", flat=True))
    sale.refund("requested", "R1", item("share:1", 1, 2000), day="2026-11-10")
    sale.refund("executed", "R1", item("share:1", 1, 2000, p=2000), day="2026-11-11")
    late = Story([share(2, 500, 1)], number="YS-LATE", day="2026-09-30").place().pay(("late", 500))
    assert {entry.booked_on for entry in LedgerEntry.objects.filter(payment_key="late")} == {NOVEMBER}
    assert late.last is not None
    bring_bill("2026-09")
    [november] = _close_november(closers)
    body = json.loads(november.body)
    assert body["figures"]["confirmed"] == -2000
    assert body["figures"]["net"] == 500 - 2000
    assert body["restates"] == {
        "2026-09": {"net": -2000, "refunded": 2000, "stage-refunding": -2000},
        "2026-10": {"confirmed": -2000, "stage-confirmed": -2000, "stage-refunding": 2000},
    }
    assert list(Statement.objects.order_by("pk").values_list("body", flat=True))[:2] == before


def _close_november(closers: Closers) -> list[Statement]:
    """Close November as if it were December: the clock is never set ahead, so the check of the calendar is."""
    bring_bill("2026-11")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "today", lambda: day("2026-12-03"))
        prepare_month(month=NOVEMBER, actor_id=closers.preparer.pk)
        review_month(month=NOVEMBER, actor_id=closers.reviewer.pk)
        return release_month(month=NOVEMBER, actor_id=closers.releaser.pk)


def test_the_database_refuses_an_entry_of_a_closed_month(sale: Story, closers: Closers) -> None:
    close("2026-09", closers)
    entry = LedgerEntry.objects.filter(booked_on="2026-09-30").earliest("pk")
    entry.pk, entry.part = None, 9
    with pytest.raises(DatabaseError, match="this month is closed"), transaction.atomic():
        entry.save(force_insert=True)
    entry.booked_on = OCTOBER
    entry.save(force_insert=True)


def test_statements_are_never_edited(sale: Story, closers: Closers) -> None:
    [statement] = close("2026-09", closers)
    for act in (
        lambda: Statement.objects.update(body="{}"),
        statement.delete,
        lambda: Statement.objects.filter(pk=statement.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


def test_nobody_takes_two_steps(sale: Story, closers: Closers) -> None:
    bring_bill("2026-09")
    both = closers.everything.pk
    with clock.set_to(at("2026-10-03")):
        prepare_month(month=SEPTEMBER, actor_id=both)
        refused(lambda: review_month(month=SEPTEMBER, actor_id=both), "same_person")
        review_month(month=SEPTEMBER, actor_id=closers.reviewer.pk)
        refused(lambda: release_month(month=SEPTEMBER, actor_id=both), "same_person")
        release_month(month=SEPTEMBER, actor_id=closers.releaser.pk)
    assert MonthClosing.objects.get().state == "released"
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthClosing.objects.update(released_by=both)
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthClosing.objects.update(released_by=closers.reviewer.pk)


def test_each_step_needs_its_role(sale: Story, closers: Closers) -> None:
    bring_bill("2026-09")
    with clock.set_to(at("2026-10-03")):
        refused(lambda: prepare_month(month=SEPTEMBER, actor_id=closers.reviewer.pk), "not_yours")
        prepare_month(month=SEPTEMBER, actor_id=closers.preparer.pk)
        refused(lambda: review_month(month=SEPTEMBER, actor_id=closers.releaser.pk), "not_yours")
        refused(lambda: release_month(month=SEPTEMBER, actor_id=closers.releaser.pk), "not_reviewed")
        review_month(month=SEPTEMBER, actor_id=closers.reviewer.pk)
        refused(lambda: release_month(month=SEPTEMBER, actor_id=closers.reviewer.pk), "not_yours")


def test_two_people_close_a_month_in_a_small_office(sale: Story, closers: Closers) -> None:
    bring_bill("2026-09")
    both = closers.everything.pk
    with clock.set_to(at("2026-10-03")):
        set_closing_rule(starts_on=day("2026-10-03"), people=2, reason="两人小办公室", actor_id=both)
        prepare_month(month=SEPTEMBER, actor_id=closers.preparer.pk)
        review_month(month=SEPTEMBER, actor_id=both)
        [statement] = release_month(month=SEPTEMBER, actor_id=both)
    assert (statement.reviewed_by, statement.released_by) == (both, both)
    entry = JournalEntry.objects.get(action="closing_rule.set")
    assert (entry.before, entry.after, entry.reason) == ({"people": 3}, {"people": 2}, "两人小办公室")


def test_the_rule_of_closing_is_dated_and_needs_a_reason(closers: Closers) -> None:
    actor = closers.everything.pk
    with clock.set_to(at("2026-10-03")):
        for changes, code in (
            ({"people": 1}, "people"),
            ({"starts_on": day("2026-10-02")}, "past"),
            ({"reason": " "}, "reason"),
        ):
            words: dict[str, Any] = {"starts_on": day("2026-11-01"), "people": 2, "reason": "人少"} | changes
            refused(partial(set_closing_rule, **words, actor_id=actor), code)
        set_closing_rule(starts_on=day("2026-11-01"), people=2, reason="人少", actor_id=actor)
        set_closing_rule(starts_on=day("2026-11-01"), people=2, reason="人少", actor_id=actor)
        refused(
            lambda: set_closing_rule(starts_on=day("2026-11-01"), people=3, reason="又变", actor_id=actor),
            "twice",
        )
    assert list(ClosingRule.objects.order_by("starts_on").values_list("people", flat=True)) == [3, 2]


def test_months_are_closed_one_after_another_and_once(sale: Story, closers: Closers) -> None:
    actor = closers.preparer.pk
    with clock.set_to(at("2026-11-03")):
        assert "2026-09" in refused(lambda: prepare_month(month=OCTOBER, actor_id=actor), "order")
        assert "2026-09" in refused(lambda: prepare_month(month=day("2026-08"), actor_id=actor), "order")
        refused(lambda: review_month(month=SEPTEMBER, actor_id=closers.reviewer.pk), "not_prepared")
        bring_bill("2026-09")
        prepare_month(month=SEPTEMBER, actor_id=actor)
        refused(lambda: prepare_month(month=SEPTEMBER, actor_id=actor), "twice")
        review_month(month=SEPTEMBER, actor_id=closers.reviewer.pk)
        release_month(month=SEPTEMBER, actor_id=closers.releaser.pk)
        refused(lambda: prepare_month(month=SEPTEMBER, actor_id=actor), "closed")
        refused(lambda: release_month(month=SEPTEMBER, actor_id=closers.releaser.pk), "closed")
        refused(lambda: send_month_back(month=SEPTEMBER, actor_id=actor, reason="重来"), "closed")


def test_without_entries_there_is_nothing_to_close(closers: Closers) -> None:
    refused(lambda: prepare_month(month=SEPTEMBER, actor_id=closers.preparer.pk), "empty")


def test_figures_that_changed_since_are_not_reviewed_or_released(sale: Story, closers: Closers) -> None:
    bring_bill("2026-09")
    with clock.set_to(at("2026-10-03")):
        prepare_month(month=SEPTEMBER, actor_id=closers.preparer.pk)
        Story([share(2, 500, 1)], number="YS-LATE", day="2026-09-30").place().pay(("late", 500))
        refused(lambda: review_month(month=SEPTEMBER, actor_id=closers.reviewer.pk), "changed")
        send_month_back(month=SEPTEMBER, actor_id=closers.reviewer.pk, reason="又有一笔")
        prepare_month(month=SEPTEMBER, actor_id=closers.preparer.pk)
        review_month(month=SEPTEMBER, actor_id=closers.reviewer.pk)
        [statement] = release_month(month=SEPTEMBER, actor_id=closers.releaser.pk)
    assert statement.paid_fen == 10500
    assert list(MonthClosing.objects.order_by("pk").values_list("state", "reason")) == [
        ("withdrawn", "又有一笔"),
        ("released", ""),
    ]


def test_sending_back_needs_a_reason_and_something_to_send_back(sale: Story, closers: Closers) -> None:
    bring_bill("2026-09")
    actor = closers.reviewer.pk
    with clock.set_to(at("2026-10-03")):
        refused(lambda: send_month_back(month=SEPTEMBER, actor_id=actor, reason="错"), "not_prepared")
        prepare_month(month=SEPTEMBER, actor_id=closers.preparer.pk)
        refused(lambda: send_month_back(month=SEPTEMBER, actor_id=actor, reason=" "), "reason_missing")


def reasons(month: str, closers: Closers, today: str = "2026-10-03") -> list[str]:
    """Return why a month cannot be prepared."""
    before = _everything()
    with clock.set_to(at(today)), override("en"), pytest.raises(MonthNotReady) as error:
        prepare_month(month=day(month), actor_id=closers.preparer.pk)
    assert _everything() == before
    for reason in error.value.obstacles:
        assert reason in str(error.value)
    return error.value.obstacles


def test_a_month_that_is_not_over_is_not_closed(sale: Story, closers: Closers) -> None:
    bring_bill("2026-09")
    assert reasons("2026-09", closers, today="2026-09-30") == ["The month is not over."]


def test_a_missing_bill_is_named_by_channel_and_day(sale: Story, closers: Closers) -> None:
    assert reasons("2026-09", closers) == ["The bill of demo is missing for 2026-09-30."]


def test_events_that_have_not_reached_the_ledger_are_named(sale: Story, closers: Closers) -> None:
    bring_bill("2026-09")
    Story([share(7, 900, 1)], number="YS-WAIT", post=None).place()
    assert reasons("2026-09", closers) == [
        "1 event of the month has not reached the ledger: order.placed YS-WAIT."
    ]


def test_a_payment_that_the_ledger_has_otherwise_is_named(sale: Story, closers: Closers) -> None:
    bring_bill("2026-09")
    Payment.objects.filter(key="p").update(fen=10801)
    assert reasons("2026-09", closers) == ["1 payment differs from what the ledger holds of it: p."]


def test_every_reason_is_listed_at_once(sale: Story, closers: Closers) -> None:
    sql(
        "UPDATE ledger_ledgerentry SET fen = fen + 7 WHERE source_key = 'share:1' AND leg = 'move' AND fen > 0"
    )
    sql("UPDATE ledger_ledgerentry SET booked_on = '2026-09-30'")
    Difference.objects.create(
        kind="not_in_bill",
        payment=Payment.objects.get(key="p"),
        fen=10800,
        key="not_in_bill:p",
        owner_id=closers.everything.pk,
        opened_at=at("2026-10-01"),
    )
    assert reasons("2026-09", closers) == [
        "The bridge of demonstration data does not hold: 0.14 yuan unexplained.",
        "Moves that do not sum to zero: share:1、share:1.",
        "1 payment differs from what the ledger holds of it: p.",
        "The bill of demo is missing for 2026-09-30.",
        "1 difference with bank or channel is not explained: not_in_bill:p.",
    ]


def test_an_explained_difference_and_money_without_an_order_speak_against_nothing(
    sale: Story, closers: Closers
) -> None:
    bring_bill("2026-09")
    for kind, resolved in (("not_in_bill", at("2026-10-02")), ("no_order", None)):
        Difference.objects.create(
            kind=kind,
            payment=Payment.objects.get(key="p"),
            fen=1,
            key=kind,
            owner_id=1,
            opened_at=at("2026-10-01"),
            resolved_at=resolved,
        )
    assert obstacles(SEPTEMBER) == []


def test_real_and_demonstration_data_have_statements_of_their_own(
    sale: Story, closers: Closers, settings: Settings
) -> None:
    Story([share(6, 77700, 1)], number="YS-REAL", demo=False).place().pay(("real", 77700))
    real, demo = close("2026-09", closers)
    assert (real.number, real.paid_fen, demo.number, demo.paid_fen) == (
        "YJ-2026-09",
        77700,
        "YJ-2026-09-DEMO",
        10000,
    )
    settings.SHOP_DEMO = False
    assert [statement.number for statement in close("2026-10", closers)] == ["YJ-2026-10", "YJ-2026-10-DEMO"]
    assert json.loads(Statement.objects.get(number="YJ-2026-10").body)["previous"]["number"] == "YJ-2026-09"
