"""Demonstration orders on a small catalogue: every ending, the same again, and finished after a kill."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from pytest_django import Settings

from catalog_seed import demo_orders
from shop.accounts.models import User
from shop.fulfilment.models import Parcel
from shop.gateways.models import Payment
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.ordering.models import OrderRecord, StockBalance
from shop.outbox.models import OutboxMessage
from tests.factories import make_hold_rules, make_product, make_region, make_supplier
from tests.process import KILLED, in_process
from tests.promises import assert_kept

#: Every ending of the plan, with two plain orders of the many.
COUNT = 24


@pytest.fixture(autouse=True)
def short_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo_orders.COUNT == 60
    monkeypatch.setattr(demo_orders, "COUNT", COUNT)


def tiny_catalogue() -> None:
    """Put four products of two suppliers on sale, with stock for all the orders."""
    make_hold_rules()
    for code, slug in (("wc-05", "wangcang"), ("lq-09", "longquan")):
        supplier = make_supplier(code=code, region=make_region(slug=slug))
        for number in (1, 2):
            make_product(supplier=supplier, sku=f"{code}-{number}", price_fen=1_000 * number, stock=500)


def make() -> str:
    out = StringIO()
    call_command("make_demo_orders", stdout=out)
    return out.getvalue().splitlines()[-1]


def rows() -> dict[str, object]:
    """Return what a second run must leave as it is."""
    return {
        "orders": OrderRecord.objects.count(),
        "states": Counter(OrderRecord.objects.values_list("payment_state", "fulfilment_state", "method")),
        "payments": list(Payment.objects.order_by("pk").values_list("key", "applied_fen", "refunded_fen")),
        "parcels": Parcel.objects.count(),
        "messages": OutboxMessage.objects.count(),
        "entries": (LedgerEntry.objects.count(), LedgerEntry.objects.aggregate(fen=Sum("fen"))["fen"]),
        "journal": JournalEntry.objects.count(),
        "stock": sorted(StockBalance.objects.values_list("pk", "on_hand", "allocated")),
        "people": User.objects.count(),
    }


def endings() -> Counter[tuple[str, str]]:
    return Counter(OrderRecord.objects.values_list("payment_state", "fulfilment_state"))


ENDINGS = {
    # 2 plain, 3 by bank transfer, 2 refunded afterwards.
    ("paid", "received"): 7,
    ("paid", "shipped"): 6,
    # 5 to ship, 1 of which a unit was refunded before.
    ("paid", "none"): 6,
    # 2 unpaid, 1 whose transfer waits for the second person.
    ("unpaid", "none"): 3,
    ("closed", "none"): 2,
}


@pytest.mark.django_db
def test_every_ending_is_there_and_a_second_run_changes_nothing() -> None:
    tiny_catalogue()
    assert make().endswith(f", {COUNT} advanced")
    assert endings() == ENDINGS
    assert set(OrderRecord.objects.values_list("demo", flat=True)) == {True}
    assert_kept()
    before = rows()
    assert make().endswith(", 0 advanced")
    assert rows() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_a_run_killed_in_the_middle_is_finished_by_the_next() -> None:
    tiny_catalogue()
    for point, visit in (
        ("ordering.place.after_commit", 8),
        ("outbox.before_mark", 40),
        ("ordering.paid.before_commit", 4),
    ):
        assert in_process(make, kill_at=point, visit=visit) == KILLED
    assert 0 < OrderRecord.objects.count() < COUNT
    assert in_process(make) == 0
    assert endings() == ENDINGS
    assert_kept()
    before = rows()
    assert make().endswith(", 0 advanced")
    assert rows() == before


@pytest.mark.django_db
def test_without_the_demonstration_flag_nothing_is_made(settings: Settings) -> None:
    settings.SHOP_DEMO = False
    tiny_catalogue()
    with pytest.raises(CommandError):
        call_command("make_demo_orders")
    assert not OrderRecord.objects.exists()
    assert not User.objects.exists()
