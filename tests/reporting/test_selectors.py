"""Figures, to the fen, and their drill-down."""

import datetime as dt
import random
import uuid
from typing import Any

import pytest
from django.db import connection

from shop.accounts.scope import NOTHING, SYSTEM, Scope
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.selectors import SERIES, Series
from shop.ledger.rollups.services import fold_entries
from shop.reporting.curves import by_month, month_sums
from shop.reporting.cuts import entries_in
from shop.reporting.drill import (
    Figure,
    all_entries,
    all_orders,
    entries_of,
    entry_page,
    line_sums,
    order_page,
    total_of,
)
from shop.reporting.keyset import Place
from shop.reporting.measures import MEASURES, REASONS
from shop.reporting.periods import Period, whole_year
from shop.reporting.selectors import ledger_lag, overview, region_progress
from shop.reporting.verification import figures, shown_sum
from tests.ledger.bulk import paid_orders
from tests.ledger.story import Story, share

pytestmark = [pytest.mark.django_db, pytest.mark.data]

YEAR = whole_year(2026)


def test_rows_of_region_and_programme_sum_to_the_total(sales: Story) -> None:
    found = overview(SYSTEM, YEAR, demo=True)
    by_region = {row.region: row for row in found.rows}
    wangcang, longquan = by_region["wangcang"], by_region["longquan"]
    assert (wangcang.region_name, wangcang.programme_name) == ("旺苍县", "东西部协作")
    sums = wangcang.sums
    assert (sums.target, sums.confirmed, sums.gross, sums.refunded, sums.net) == (
        1_000_000,
        8000,
        10000,
        2000,
        8000,
    )
    assert (sums.open, sums.not_counted, sums.freight) == (0, 700, 800)
    sums = longquan.sums
    assert (sums.target, sums.confirmed, sums.gross, sums.net, sums.open) == (500_000, 0, 6000, 6000, 6000)
    assert sums.stages == {
        "unshipped": 0,
        "in_transit": 6000,
        "received": 0,
        "disputed": 0,
        "refunding": 0,
        "confirmed": 0,
    }
    assert (sums.not_counted, sums.freight) == (500, 700)
    total = found.total
    assert (total.confirmed, total.net, total.not_counted, total.unapplied) == (8000, 14000, 1200, 999)
    for key in MEASURES:
        assert sum(shown_sum(row.sums, key) for row in found.rows) == shown_sum(total, key)
    assert {row.reason: row.fen for row in found.not_counted} == {
        "grade": 400,
        "no_pairing": 500,
        "pending": 300,
    }


def test_demonstration_and_real_figures_never_mix(sales: Story) -> None:
    total = overview(SYSTEM, YEAR, demo=False).total
    assert (total.target, total.confirmed, total.net, total.unapplied) == (7, 77700, 77700, 0)


@pytest.mark.parametrize(
    ("start", "end", "confirmed", "gross", "refunded"),
    [
        ((9, 30), (9, 30), 0, 10000, 0),
        ((10, 1), (10, 31), 10000, 6000, 0),
        ((11, 1), (11, 30), -2000, 0, 2000),
        ((12, 1), (12, 31), 0, 0, 0),
    ],
)
def test_periods_count_by_booking_date(
    sales: Story, start: Any, end: Any, confirmed: int, gross: int, refunded: int
) -> None:
    period = Period(dt.date(2026, *start), dt.date(2026, *end))
    total = overview(SYSTEM, period, demo=True).total
    assert (total.confirmed, total.gross, total.refunded) == (confirmed, gross, refunded)
    assert sum(total.stages.values()) == total.net == gross - refunded


def test_a_period_over_two_years_has_no_annual_target(sales: Story) -> None:
    found = overview(SYSTEM, Period(dt.date(2025, 6, 1), dt.date(2026, 12, 31)), demo=True)
    assert (found.total.target, found.total.confirmed) == (0, 8000)


def test_a_liaison_sees_the_own_region_only(sales: Story) -> None:
    scope = Scope(regions=frozenset({"longquan"}))
    found = overview(scope, YEAR, demo=True)
    assert [row.region for row in found.rows] == ["longquan"]
    assert (found.total.net, found.total.unapplied, found.total.target) == (6000, 0, 500_000)
    assert total_of(scope, Figure("confirmed", YEAR, demo=True)) == 0
    assert not order_page(scope, Figure("confirmed", YEAR, demo=True, region="wangcang")).rows


@pytest.mark.parametrize("scope", [NOTHING, Scope(suppliers=frozenset({"WC-01"})), Scope(user_id=1)])
def test_other_scopes_see_nothing(sales: Story, scope: Scope) -> None:
    assert overview(scope, YEAR, demo=True).rows == []
    assert total_of(scope, Figure("gross", YEAR, demo=True)) == 0


def test_every_figure_opens_to_its_own_sum(sales: Story) -> None:
    found = overview(SYSTEM, YEAR, demo=True)
    for row in found.rows:
        for key in MEASURES:
            figure = Figure(key, YEAR, demo=True, region=row.region, programme=row.programme)
            assert total_of(SYSTEM, figure) == shown_sum(row.sums, key)
            orders = order_page(SYSTEM, figure).rows
            assert sum(order.fen for order in orders) == shown_sum(row.sums, key)
            for order in orders:
                one = Figure(key, YEAR, True, row.region, row.programme, order=order.order_number)
                lines = line_sums(SYSTEM, one)
                assert sum(line.fen for line in lines) == order.fen
                assert MEASURES[key].sign * sum(entry.fen for entry in all_entries(SYSTEM, one)) == order.fen
                for line in lines:
                    end = Figure(key, YEAR, True, order=order.order_number, source=line.source_key)
                    assert total_of(SYSTEM, end) == line.fen
    for reason in found.not_counted:
        figure = Figure("not_counted", YEAR, demo=True, reason=reason.reason)
        assert total_of(SYSTEM, figure) == reason.fen


def test_the_way_down_to_the_line(sales: Story) -> None:
    page = order_page(SYSTEM, Figure("confirmed", YEAR, demo=True, region="wangcang", programme="east-west"))
    assert [(row.order_number, row.fen) for row in page.rows] == [(sales.number, 8000)]
    (line,) = line_sums(SYSTEM, Figure("confirmed", YEAR, demo=True, order=sales.number))
    assert (line.line_number, line.product_name, line.units, line.fen) == (1, "木门绿茶", 4, 8000)


def test_lists_go_on_from_a_key(sales: Story) -> None:
    figure = Figure("net", YEAR, demo=True)
    entries = list(entries_of(SYSTEM, figure).order_by("pk"))
    first = entry_page(SYSTEM, figure, limit=3)
    second = entry_page(SYSTEM, figure, after=first.rows[-1].pk, limit=len(entries))
    assert first.rows + second.rows == entries
    assert (first.more, second.more) == (True, False)
    one = order_page(SYSTEM, figure, limit=1)
    last = entries_of(SYSTEM, figure).filter(order_number=sales.number).latest("pk")
    assert one.next == Place(dt.date(2026, 11, 11), last.pk)
    two = order_page(SYSTEM, figure, after=one.next, limit=1)
    assert [(row.order_number, row.fen) for row in one.rows + two.rows] == [
        (sales.number, 8000),
        ("YS20261001-BBBBBBBB", 6000),
    ]
    assert two.next is None


def test_every_order_of_a_list_comes_once_however_many_entries_it_has(places: None) -> None:
    for number in range(5):
        paid_orders(30, start=100 * number, order=f"MANY{number}")
        paid_orders(3, start=100 * number + 50)
    figure = Figure("net", YEAR, demo=True)
    orders = list(all_orders(SYSTEM, figure, limit=2))
    assert [row.order_number for row in orders] == [
        f"YS{100 * number + 50 + single:06d}" if single >= 0 else f"MANY{number}"
        for number in reversed(range(5))
        for single in (2, 1, 0, -1)
    ]
    assert [row.lines for row in orders] == [1, 1, 1, 30] * 5
    assert sum(row.fen for row in orders) == total_of(SYSTEM, figure)


@pytest.mark.parametrize("limit", [1, 2, 5, 40])
def test_orders_whose_entries_lie_apart_come_once_where_the_last_stands(places: None, limit: int) -> None:
    paid_orders(1)
    model = LedgerEntry.objects.get(kind="goods")
    drawn = random.Random(7)
    days = sorted(drawn.choices(range(1, 12), k=240))
    copies = []
    for day in days:
        copy = LedgerEntry.objects.get(pk=model.pk)
        copy.pk, copy.event_id, copy.booked_on = None, uuid.uuid4(), dt.date(2026, 5, day)
        copy.order_number, copy.fen = f"APART{drawn.randrange(60):02d}", drawn.randint(1, 900)
        copies.append(copy)
    LedgerEntry.objects.bulk_create(copies)
    for period in (YEAR, Period(dt.date(2026, 5, 3), dt.date(2026, 5, 8))):
        figure = Figure("net", period, demo=True)
        sums: dict[str, int] = {}
        for entry in entries_of(SYSTEM, figure).order_by("-booked_on", "-pk"):
            sums[entry.order_number] = sums.get(entry.order_number, 0) + entry.fen
        found = [(row.order_number, row.fen) for row in all_orders(SYSTEM, figure, limit)]
        assert found == list(sums.items())


@pytest.mark.parametrize("series", SERIES)
def test_the_kept_statement_of_months_follows_the_mark(sales: Story, series: Series) -> None:
    liaison = Scope(regions=frozenset({"longquan"}))
    for fold in (False, True):
        if fold:
            fold_entries()
        for scope in (SYSTEM, liaison):
            entries = entries_in(scope, YEAR, True, series=series)
            assert month_sums(scope, YEAR, True, series=series) == by_month([entries], series) != {}
    paid_orders(2, start=700)
    entries = entries_in(SYSTEM, YEAR, True, series=series)
    assert month_sums(SYSTEM, YEAR, True, series=series) == by_month([entries], series)
    assert month_sums(NOTHING, YEAR, True, series=series) == month_sums(SYSTEM, whole_year(2031), True) == {}


def test_region_progress_is_for_cards_and_chart(sales: Story) -> None:
    found = {row.slug: row for row in region_progress(2026, demo=True)}
    assert set(found) == {"wangcang", "longquan"}
    longquan = found["longquan"]
    assert (longquan.confirmed_fen, longquan.paid_fen, longquan.target_fen) == (0, 6000, 500_000)
    assert (longquan.name, longquan.seal, longquan.programme_name) == ("龙泉市", "龙", "山海协作")


def test_lag_counts_messages_the_ledger_has_not_taken_in(sales: Story) -> None:
    assert ledger_lag().messages == 0
    late = Story([share(9, 100, 1)], number="YSLATE", post=None).place()
    assert late.last is not None
    assert (ledger_lag().messages, ledger_lag().oldest_at) == (1, late.last.occurred_at)


def test_figures_verify(sales: Story) -> None:
    assert list(figures()) == []


@pytest.mark.parametrize("orders", [1, 20, 200])
def test_query_counts_do_not_grow(places: None, orders: int, django_assert_num_queries: Any) -> None:
    paid_orders(orders)
    with django_assert_num_queries(2):
        overview(SYSTEM, YEAR, demo=True)
    # PostgreSQL is told before and after how to walk.
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 2):
        order_page(SYSTEM, Figure("net", YEAR, demo=True))
    with django_assert_num_queries(1):
        entry_page(SYSTEM, Figure("net", YEAR, demo=True))


@pytest.mark.parametrize(
    "reason",
    [
        "no_origin",
        "claim_rejected",
        "claim_expired",
        "no_pairing",
        "supplier_suspended",
        "supplier_not_admitted",
    ],
)
def test_every_reason_that_ordering_gives_has_words(reason: str) -> None:
    assert reason in REASONS
