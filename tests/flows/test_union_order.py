"""A union's order beside a resident's, from placing to the figures, through the real services and routes."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment import services as fulfilment
from shop.fulfilment.models import SupplierOrder
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt
from shop.ledger.models import LedgerEntry
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from shop.reporting.buyers import Buyer, buyer_rows
from shop.reporting.drill import Figure, all_orders, line_sums, total_of
from shop.reporting.periods import whole_year
from shop.reporting.selectors import overview
from tests.factories import make_bulk_stock, make_cast, make_organisation, make_terms, place, place_union
from tests.flows.cast import goods, ledger, work
from tests.gateways.cast import bank_line, paid_online
from tests.promises import assert_kept
from tests.reporting.test_views import table_of

pytestmark = [pytest.mark.django_db, pytest.mark.data]

TEA, PEARS, FREIGHT = 33_330, 10_000, 1_600
DUE = TEA + PEARS + FREIGHT
UNION = Buyer("union", "un-001", "direct", "bulk")
RESIDENT = Buyer("resident", "", "assisted", "web")


def union_order(method: str = "terms") -> OrderRecord:
    """Return a union's order of ten teas and four pears; on terms it is released."""
    found = goods()
    for product in (found.tea, found.pears):
        make_bulk_stock(product=product, units=50)
    organisation = make_organisation()
    make_terms(organisation=organisation)
    record = place_union(lines=[(found.tea, 10), (found.pears, 4)], organisation=organisation, method=method)
    if method == "terms":
        ordering.release_on_terms(record_id=record.pk, approved_by=4)
    work()
    return record


def ship_all(record: OrderRecord) -> None:
    for order in SupplierOrder.objects.filter(record=record):
        parcel = fulfilment.ship_parcel(
            scope=SYSTEM,
            supplier_order_id=order.pk,
            courier="邮政EMS",
            tracking_number=f"EMS{order.pk:06d}",
            actor_id=None,
        )
        fulfilment.record_signed(parcel_id=parcel.pk, signed_at=clock.now(), actor_id=None)
    work()


def accept(record: OrderRecord, *units: int, report: str = "AR-1") -> None:
    shares = record.shares.order_by("number")
    items = [(share.line_id, count) for share, count in zip(shares, units, strict=True) if count]
    ordering.accept_units(record_id=record.pk, items=items, report_number=report, actor_id=4)
    work()


def transfer(record: OrderRecord, fen: int, serial: str) -> None:
    gateways.start_payment(record=record, method="bank_transfer")
    attempt = PaymentAttempt.objects.get(record=record, state="open")
    gateways.confirm_transfer(claim_id=bank_line(attempt, fen, by=71, serial=serial), confirmed_by=72)
    work()
    record.refresh_from_db()


def by_buyer() -> dict[Buyer, tuple[int, ...]]:
    """Return confirmed, paid net, receivable and held fen of every buyer."""
    rows = buyer_rows(SYSTEM, whole_year(clock.today().year), demo=True)
    return {row.buyer: (row.confirmed, row.net, row.receivable, row.held) for row in rows}


def freight(record: OrderRecord) -> int:
    return sum(charge.fen for charge in record.charges.all())


def test_on_terms_accepted_first_and_paid_in_two_transfers(capsys: pytest.CaptureFixture[str]) -> None:
    record = union_order()
    due = TEA + PEARS + freight(record)
    ship_all(record)
    assert (ledger(record), by_buyer()) == ({}, {})
    accept(record, 9, 4)
    assert ledger(record) == {("wangcang", "receivable"): 29_997, ("longquan", "receivable"): PEARS}
    assert by_buyer() == {UNION: (0, 0, 39_997, 0)}
    ordering.reject_units(
        record_id=record.pk, items=[(record.shares.get(number=1).line_id, 1)], reason="破损", actor_id=4
    )
    work()
    transfer(record, 20_000, "S1")
    assert (record.payment_state, record.attention) == ("unpaid", "partial")
    assert by_buyer() == {UNION: (0, 0, 39_997, 20_000)}
    assert_kept()
    transfer(record, due - 3_333 - 20_000, "S2")
    assert record.payment_state == "paid"
    assert by_buyer() == {UNION: (39_997, 39_997, 0, 0)}
    assert ledger(record) == {
        ("wangcang", "confirmed"): 29_997,
        ("longquan", "confirmed"): PEARS,
        ("freight", "none"): freight(record),
    }
    total = overview(SYSTEM, whole_year(clock.today().year), demo=True).total
    assert (total.confirmed, total.net, total.receivable, total.receivable_held, total.unapplied) == (
        *(39_997, 39_997),
        *(0, 0, 0),
    )
    assert_kept()
    call_command("check_invariants")
    call_command("verify_ledger")
    call_command("replay_ledger")
    assert "0 differences, 0 messages not posted yet" in capsys.readouterr().out


def test_paid_before_shipping_and_confirmed_by_the_report_alone() -> None:
    record = union_order(method="bank_transfer")
    # Nobody has anything to ship before the money is there.
    assert not SupplierOrder.objects.exists()
    transfer(record, TEA + PEARS + freight(record), "S1")
    ship_all(record)
    fulfilment.confirm_receipt(record_id=record.pk, actor_id=None, reason="after_signed")
    work()
    assert by_buyer() == {UNION: (0, 43_330, 0, 0)}
    accept(record, 10, 0)
    accept(record, 0, 4, report="AR-2")
    assert by_buyer() == {UNION: (43_330, 43_330, 0, 0)}
    ordering.request_refund(record_id=record.pk, whole=True, reason="退货", actor_id=None)
    work()
    assert by_buyer() == {UNION: (0, 43_330, 0, 0)}
    assert_kept()


def test_both_user_groups_stand_in_their_own_rows_and_drill_down(client: Client) -> None:
    record = union_order()
    resident = place(lines=[(record.shares.get(number=1).line.product, 1)])
    paid_online(resident)
    work()
    ship_all(record)
    ship_all(resident)
    fulfilment.confirm_receipt(record_id=resident.pk, actor_id=None)
    accept(record, 10, 4)
    assert by_buyer() == {UNION: (0, 0, 43_330, 0), RESIDENT: (3_333, 3_333, 0, 0)}
    transfer(record, 10_000, "S1")
    year = whole_year(clock.today().year)
    own = UNION._asdict()
    for measure, fen in (("receivable", 43_330), ("receivable_held", 10_000), ("confirmed", 0)):
        figure = Figure(measure, year, True, **own)
        assert total_of(SYSTEM, figure) == fen
        assert sum(row.fen for row in all_orders(SYSTEM, figure)) == fen
    orders = list(all_orders(SYSTEM, Figure("receivable", year, True, organisation="un-001")))
    assert [row.order_number for row in orders] == [record.number]
    lines = line_sums(SYSTEM, Figure("receivable", year, True, order=record.number))
    assert [(line.product_name, line.units, line.fen) for line in lines] == [
        ("黄茶", 10, TEA),
        ("翠冠梨", 4, PEARS),
    ]
    client.force_login(make_cast().staff)
    html = client.get(reverse("reporting:overview")).content.decode()
    assert table_of(html, "buyers") == [
        ["居民", "–", "帮助销售", "网上商城", "33.33", "33.33", "0.00", "33.33", "0.00", "0.00"],
        ["工会", "萧山区教育工会", "直接采购", "大宗采购", *["0.00"] * 4, "433.30", "100.00"],
        ["合计", "", "", "", "33.33", "33.33", "0.00", "33.33", "433.30", "100.00"],
    ]
    for link in [cell for cell in html.split('href="') if "organisation=un-001" in cell[:300]]:
        answer = client.get(link.split('"')[0].replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "萧山区教育工会" in answer.content.decode()


def test_entries_carry_the_union_and_never_a_person() -> None:
    record = union_order()
    ship_all(record)
    accept(record, 10, 4)
    transfer(record, TEA + PEARS + freight(record), "S1")
    goods_entries = LedgerEntry.objects.filter(order_number=record.number).exclude(kind="unapplied")
    names = ("buyer_kind", "credited_organisation", "mode", "channel")
    assert set(goods_entries.values_list(*names)) == {tuple(UNION)}
    assert "周工会" not in str(list(LedgerEntry.objects.values()))


def test_an_order_on_terms_reduced_to_nothing_calls_its_suppliers_off() -> None:
    record = union_order()
    assert set(SupplierOrder.objects.values_list("state", flat=True)) == {"new"}
    portions = [ordering.UnitsOf(share.pk, share.units) for share in record.shares.all()]
    ordering.reduce_order(record_id=record.pk, portions=portions, reason="不要了", actor_id=7)
    work()
    record.refresh_from_db()
    assert record.payment_state == "closed"
    assert set(SupplierOrder.objects.values_list("state", flat=True)) == {"cancelled"}
    assert_kept()
