"""A short history on a small catalogue: closed and replayed months, the same after a kill, and every refusal."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from pytest_django import Settings

from catalog_seed.history import plan
from catalog_seed.history.digest import history_digest
from catalog_seed.history.plan import UNITS_PART, Course
from shop.accounts.models import User
from shop.core import clock
from shop.fulfilment.returns.models import ReturnRequest
from shop.gateways.bank_models import Difference, StatementLine
from shop.gateways.models import BillLine, Payment
from shop.journal.models import JournalEntry
from shop.ledger.closing_models import MonthClosing, Statement
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.selectors import folded_through
from shop.notifications.models import BuyerNotice
from shop.ordering.models import OrderRecord, StockBalance
from shop.outbox.models import OutboxMessage
from shop.procurement.models import AcceptanceReport, PurchaseRequest
from shop.settlement.models import PayoutList, SupplierAccount, SupplierStatement
from shop.suppliers.models import Supplier
from tests.catalog_seed.test_demo_orders import rows, tiny_catalogue
from tests.process import KILLED, in_process
from tests.promises import assert_kept

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=clock.SHANGHAI)
MONTHS, ORDERS = 3, 10


@pytest.fixture(autouse=True)
def every_course(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that may become of an order happen as often, so that a short history has it all."""
    monkeypatch.setattr(plan, "COURSES", dict.fromkeys(Course, 1))


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    """Let the clock stand: October can be closed, and a history ends at the same moment in every run."""
    with time_machine.travel(NOW, tick=False):
        yield


def make(**sizes: int) -> list[str]:
    """Make the history, or go on with it, as the command does; return what it prints."""
    out = StringIO()
    call_command("make_demo_history", **({"months": MONTHS, "orders": ORDERS} | sizes), stdout=out)
    return out.getvalue().splitlines()


def everything() -> dict[str, object]:
    """Return what a second run must leave as it is."""
    return rows() | {
        "digest": history_digest(),
        "statements": list(Statement.objects.order_by("pk").values_list("number", "digest")),
        "supplier statements": SupplierStatement.objects.count(),
        "lists": list(PayoutList.objects.order_by("pk").values_list("number", "state")),
        "notices": BuyerNotice.objects.count(),
        "balances": sorted(SupplierAccount.objects.values_list("supplier", "payable_fen", "paid_fen")),
    }


@pytest.mark.django_db
def test_three_months_are_made_closed_and_replayed_byte_for_byte(capsys: pytest.CaptureFixture[str]) -> None:
    tiny_catalogue()
    first, second, digest = make()
    assert first == "demo history: 2026-08 to 2026-10 closed, seed 20260101"
    assert second.startswith(f"demo history: {OrderRecord.objects.count()} orders, ")
    assert digest == f"demo history: digest {history_digest().sha256}"
    statements = list(Statement.objects.order_by("month").values_list("number", "demo"))
    assert statements == [(f"YJ-2026-{month:02d}-DEMO", True) for month in (8, 9, 10)]
    [people] = MonthClosing.objects.values_list("prepared_by", "reviewed_by", "released_by").distinct()
    phones = [User.objects.get(pk=str(pk)).phone for pk in people]
    assert phones == ["+8617000000010", "+8617000000011", "+8617000000012"]
    _assert_real_work()
    assert_kept()
    for month in ("2026-08", "2026-09", "2026-10"):
        call_command("replay_ledger", month=month)
        said = capsys.readouterr().out
        assert "0 differences, 0 messages not posted yet" in said
        assert f"statement YJ-{month}-DEMO was made again" in said
    call_command("verify_ledger")
    before = everything()
    assert make() == [first, second, digest]
    assert everything() == before


def _assert_real_work() -> None:
    """Assert that every kind of business is there, flagged, and that bank and channel agree with it."""
    assert set(OrderRecord.objects.values_list("demo", flat=True)) == {True}
    assert set(LedgerEntry.objects.values_list("demo", flat=True)) == {True}
    states = Counter(OrderRecord.objects.values_list("payment_state", flat=True))
    assert states["paid"] > 20 and states["closed"] > 3
    bought = OrderRecord.objects.filter(channel="bulk", mode="direct")
    assert bought.count() == PurchaseRequest.objects.filter(record__mode="direct").count() > 3
    assert AcceptanceReport.objects.filter(state="approved").count() > 3
    parts = Counter(OrderRecord.objects.values_list("channel", flat=True))
    assert parts["bulk"] / parts.total() == pytest.approx(UNITS_PART, abs=0.1)
    refunded = LedgerEntry.objects.filter(leg="refund", kind="goods").aggregate(fen=Sum("fen"))["fen"]
    assert refunded < 0
    old = ReturnRequest.objects.filter(opened_at__lt=NOW - dt.timedelta(days=10))
    assert set(old.values_list("state", flat=True)) == {"refunded"}
    assert LedgerEntry.objects.filter(stage="confirmed", grade="A").exists()
    closed = Payment.objects.filter(captured_at__lt=dt.datetime(2026, 11, 1, tzinfo=clock.SHANGHAI))
    assert not closed.filter(bill_lines=None, bank_lines=None).exists()
    assert BillLine.objects.exists() and StatementLine.objects.exists()
    assert not Difference.objects.filter(resolved_at=None).exclude(kind="no_bill").exists()
    assert Counter(PayoutList.objects.values_list("state", flat=True)) == {"paid": 2, "proposed": 1}
    assert folded_through() == LedgerEntry.objects.latest("pk").pk
    assert not StockBalance.objects.filter(on_hand__lt=500).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_a_history_killed_in_the_middle_ends_with_the_digest_of_an_unbroken_one() -> None:
    tiny_catalogue()
    with transaction.atomic():
        unbroken = make(months=2, orders=6)
        transaction.set_rollback(True)
    assert not OrderRecord.objects.exists()
    for point, visit in (
        ("ordering.place.after_commit", 3),
        ("ordering.paid.before_commit", 2),
        ("outbox.before_mark", 40),
        ("outbox.after_claim", 12),
        ("gateways.after_refund_sent", 1),
        ("ledger.month_released", 1),
        ("settlement.statements.before_commit", 1),
    ):
        assert in_process(lambda: make(months=2, orders=6), kill_at=point, visit=visit) == KILLED, point
    assert make(months=2, orders=6) == unbroken
    assert_kept()


@pytest.mark.django_db
def test_another_seed_makes_another_history_and_is_refused_where_one_has_begun() -> None:
    tiny_catalogue()
    make(months=1, orders=2)
    before = everything()
    with pytest.raises(CommandError, match="SEED=20260101 MONTHS=1 ORDERS=2"):
        make(months=1, orders=2, seed=7)
    assert everything() == before


@pytest.mark.django_db
def test_demonstration_orders_before_and_after_a_history_are_left_in_peace() -> None:
    tiny_catalogue()
    with time_machine.travel(NOW - dt.timedelta(days=1), tick=False):
        call_command("make_demo_orders", stdout=StringIO())
    orders = OrderRecord.objects.count()
    assert make(months=1, orders=4)[0].startswith("demo history: 2026-10 to 2026-10 closed")
    assert OrderRecord.objects.count() > orders
    # The months before it had orders too: they are closed first, one after another.
    assert Statement.objects.earliest("month").month < dt.date(2026, 10, 1)
    assert_kept()


@pytest.mark.django_db
def test_where_it_may_not_be_nothing_is_made(settings: Settings) -> None:
    tiny_catalogue()
    with pytest.raises(CommandError, match="orders"):
        call_command("make_demo_history", orders=0)
    settings.SHOP_DEMO = False
    with pytest.raises(CommandError, match="SHOP_DEMO"):
        make()
    assert not User.objects.exists() and not OutboxMessage.objects.exists()
    assert not JournalEntry.objects.filter(action="demo_history.begun").exists()


@pytest.mark.django_db
def test_a_shop_with_real_orders_is_refused() -> None:
    tiny_catalogue()
    make(months=1, orders=2)
    OrderRecord.objects.filter(pk=OrderRecord.objects.earliest("pk").pk).update(demo=False)
    before = everything()
    with pytest.raises(CommandError, match=r"真实订单|real orders"):
        make(months=1, orders=2)
    assert everything() == before


@pytest.mark.django_db
def test_goods_that_began_later_and_months_closed_by_hand_are_named() -> None:
    tiny_catalogue()
    MonthClosing.objects.create(
        month=dt.date(2026, 9, 1), people=3, digests={}, prepared_by=1, prepared_at=clock.now()
    )
    with pytest.raises(CommandError, match="2026-09"):
        make()
    Supplier.objects.update(admitted_on=dt.date(2026, 10, 1))
    MonthClosing.objects.all().delete()
    with pytest.raises(CommandError, match="2026-08-01"):
        make()
    assert not User.objects.exists() and not OutboxMessage.objects.exists()
    assert make(months=1, orders=2)[0].startswith("demo history: 2026-10 to 2026-10 closed")
