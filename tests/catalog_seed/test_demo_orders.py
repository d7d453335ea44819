"""Demonstration orders on a small catalogue: every ending, the same again, and finished after a kill."""

import datetime as dt
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import Client
from oscar.apps.catalogue.models import Product
from pytest_django import Settings

from catalog_seed import demo_orders
from catalog_seed.demo_claims import make_demo_claims
from catalog_seed.demo_goods import make_demo_origins
from catalog_seed.demo_unit import UNIT_COUNT
from shop.accounts.demo import demo_people, make_demo_users
from shop.accounts.models import User
from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.coupons.models import Campaign, Coupon
from shop.fulfilment.models import Parcel
from shop.gateways.bank_models import Difference, StatementLine
from shop.gateways.models import BillImport, BillLine, Payment, TransferClaim
from shop.gateways.services import find_missing_lines
from shop.journal.models import JournalEntry
from shop.ledger.closing import next_month
from shop.ledger.models import LedgerEntry
from shop.ledger.periods import month_end
from shop.listings.models import FoodLabel, ProductOrigin
from shop.listings.rating_models import Rating
from shop.listings.selectors.claims import claims_ending
from shop.listings.services import save_category
from shop.listings.supplier_models import ProductDraft
from shop.notifications.models import SupplierNotice
from shop.opinions.models import Review
from shop.opinions.review_selectors import reviews_to_look_at
from shop.ordering.models import OrderRecord, StockBalance
from shop.ordering.services import set_stock
from shop.ordering.stock_models import GoodsLot
from shop.outbox.models import OutboxMessage
from shop.outbox.relay import drain
from shop.procurement.models import PurchaseRequest
from shop.procurement.price_models import PriceOffer, PriceRequest
from shop.regions.services import save_township
from shop.settlement.models import PayoutItem, SettlementEntry, SupplierAccount, SupplierStatement
from shop.suppliers.models import Supplier
from tests.factories import make_hold_rules, make_product, make_region, make_supplier
from tests.ledger.closers import close, make_closers
from tests.process import KILLED, in_process
from tests.promises import assert_kept
from worker.routes import ROUTES

#: Every ending of the plan, with two plain orders of the many.
COUNT = 24
#: Those, and the requests of the union.
TOTAL = COUNT + UNIT_COUNT


@pytest.fixture(autouse=True)
def short_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 55 <= demo_orders.COUNT + UNIT_COUNT <= 65
    monkeypatch.setattr(demo_orders, "COUNT", COUNT)


def tiny_catalogue() -> None:
    """Put four products of two suppliers on sale, with stock for all the orders."""
    make_hold_rules()
    for code, slug in (("wc-05", "wangcang"), ("lq-09", "longquan")):
        supplier = make_supplier(code=code, region=make_region(slug=slug))
        for number in (1, 2):
            product = make_product(
                supplier=supplier, sku=f"{code}-{number}", price_fen=1_000 * number, stock=500
            )
            set_stock(stockrecord=product.stockrecords.get(), pool="bulk", on_hand=500)


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
        "prices": (PriceRequest.objects.count(), PriceOffer.objects.count()),
        "coupons": (Campaign.objects.count(), Coupon.objects.count()),
        "reviews": list(
            Review.objects.order_by("pk").values_list("line", "stars", "reply", "replied_at", "looked_at")
        ),
        "settled": (SettlementEntry.objects.count(), SupplierStatement.objects.count()),
        "bills": (StatementLine.objects.count(), BillLine.objects.count(), BillImport.objects.count()),
    }


def endings() -> Counter[tuple[str, str]]:
    return Counter(OrderRecord.objects.values_list("payment_state", "fulfilment_state"))


ENDINGS = {
    # 2 plain, 3 by bank transfer, 2 refunded afterwards, 1 of the union.
    ("paid", "received"): 8,
    ("paid", "shipped"): 6,
    # 5 to ship, 1 of which a unit was refunded before.
    ("paid", "none"): 6,
    # 2 unpaid, 1 whose transfer waits for the second person, 1 of the union.
    ("unpaid", "none"): 4,
    # On the union's terms: accepted, and on its way.
    ("unpaid", "received"): 1,
    ("unpaid", "shipped"): 1,
    ("closed", "none"): 2,
}


@pytest.mark.django_db
def test_every_ending_is_there_and_a_second_run_changes_nothing() -> None:
    tiny_catalogue()
    assert make().endswith(f", {TOTAL} advanced")
    assert endings() == ENDINGS
    assert set(OrderRecord.objects.values_list("demo", flat=True)) == {True}
    prices = Counter(PriceRequest.objects.values_list("supplier__code", "state"))
    assert prices == {("wc-05", "asked"): 1, ("lq-09", "accepted"): 1}
    assert Counter(PurchaseRequest.objects.values_list("state", flat=True)) == {
        "placed": 4,
        "submitted": 1,
        "draft": 1,
    }
    owed = LedgerEntry.objects.filter(stage="receivable", credited_organisation="un-001")
    assert (owed.aggregate(fen=Sum("fen"))["fen"] or 0) > 0
    # What two people confirmed by hand stands on the statement, so nothing is left to be found missing.
    confirmed = TransferClaim.objects.filter(state="confirmed")
    assert (confirmed.count(), confirmed.filter(bank_line__state="evidence").count()) == (4, 4)
    assert not BillLine.objects.exclude(difference="").exists()
    assert not Payment.objects.filter(bill_lines=None, bank_lines=None).exists()
    with time_machine.travel(clock.now() + dt.timedelta(days=9), tick=False):
        differences = Difference.objects.filter(resolved_at=None).exclude(kind="no_bill")
        assert (find_missing_lines(), differences.count()) == (0, 0)
    assert_kept()
    _assert_settled()
    _assert_reviewed()
    before = rows()
    assert make().endswith(", 0 advanced")
    assert rows() == before


@pytest.mark.django_db
def test_the_first_month_of_the_demonstration_is_closed_and_replayed_byte_for_byte(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiny_catalogue()
    make()
    month = next_month()
    assert month is not None and month_end(month) < clock.today() - dt.timedelta(days=2)
    [statement] = close(f"{month:%Y-%m}", make_closers())
    assert (statement.demo, statement.entries > 8, statement.confirmed_fen > 0) == (True, True, True)
    capsys.readouterr()
    call_command("replay_ledger", month=f"{month:%Y-%m}")
    said = capsys.readouterr().out
    assert f"{statement.entries} entries, 0 differences, 0 messages not posted yet" in said
    assert f"statement {statement.number} was made again" in said
    drain(ROUTES)
    assert_kept()


def _assert_settled() -> None:
    """Assert that suppliers were paid for months that are over, at a commission, and that a list waits."""
    account = SupplierAccount.objects.get(supplier="wc-05")
    assert account.paid_fen > 0 and account.commission_fen > 0
    assert SupplierStatement.objects.filter(supplier__code="wc-05").count() > 1
    assert not PayoutItem.objects.filter(state="paid", line=None).exists()


def _assert_reviewed() -> None:
    """Assert that buyers reviewed what they received, that some were answered and one waits for staff."""
    assert set(Review.objects.values_list("demo", "state")) == {(True, "shown")}
    assert {4, 5} <= set(Review.objects.values_list("stars", flat=True))
    assert Review.objects.exclude(reply="").exists() and Review.objects.filter(reply="").exists()
    assert reviews_to_look_at(SYSTEM).exists() and Review.objects.exclude(looked_at=None).exists()
    assert Rating.objects.aggregate(many=Sum("reviews"))["many"] == Review.objects.count()
    assert SupplierNotice.objects.filter(kind="supplier_review").count() == Review.objects.count()


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
def test_origin_claims_stand_in_every_state(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    make_demo_users()
    people = demo_people()
    seller, checker = (User.objects.get(phone=people[index].phone) for index in (1, 4))
    supplier = make_supplier(code="wc-05", region=make_region(slug="wangcang"))
    Supplier.objects.update(township=save_township(region=supplier.region, name_zh="木门镇").row)
    supplier.refresh_from_db()
    save_category(slug="tea", name_zh="茶叶", name_en="Tea", actor_id=None)
    for number in range(6):
        make_product(supplier=supplier, sku=f"tea-{number}")
    Product.objects.update(description="黄茶。")
    FoodLabel.objects.update(allergens="无")
    moved = [make_demo_claims(supplier=seller, supplier_code="wc-05", checker=checker) for _round in range(2)]
    assert moved == [4, 0]
    states = Counter(ProductOrigin.objects.values_list("claim_state", flat=True))
    assert states == {"verified": 3, "pending": 2, "rejected": 1}
    assert [claim.product.listing.sku for claim in claims_ending(SYSTEM)] == ["tea-5"]
    assert not ProductDraft.objects.exclude(state="published").exists()


@pytest.mark.django_db
def test_some_goods_of_a_sample_supplier_have_a_lot_and_one_a_test_report(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    make_demo_users()
    people = demo_people()
    seller, checker = (User.objects.get(phone=people[index].phone) for index in (1, 4))
    supplier = make_supplier(code="wc-05", region=make_region(slug="wangcang"))
    goods = [make_product(supplier=supplier, sku=f"tea-{number}") for number in range(4)]

    def made() -> int:
        return make_demo_origins(supplier=seller, supplier_code="wc-05", checker=checker)

    assert (made(), made()) == (4, 0)
    rows = [
        {row.label: row.value for row in client.get(one.get_absolute_url()).context["origin"].rows}
        for one in goods
    ]
    lots = [row["批次"].partition("·")[0] for row in rows if "批次" in row]
    assert lots == ["演示-tea-0", "演示-tea-1", "演示-tea-2"]
    assert [row["检测报告"].partition("（")[0] for row in rows if "检测报告" in row] == ["演示-JC-01"]
    # Nothing invented stands beside a firm that exists.
    Supplier.objects.update(is_sourced=True)
    GoodsLot.objects.filter(code="演示-tea-2").update(code="other")
    assert made() == 0


@pytest.mark.django_db
def test_without_the_demonstration_flag_nothing_is_made(settings: Settings) -> None:
    settings.SHOP_DEMO = False
    tiny_catalogue()
    with pytest.raises(CommandError):
        call_command("make_demo_orders")
    assert not OrderRecord.objects.exists()
    assert not User.objects.exists()
