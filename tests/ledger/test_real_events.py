"""A whole sale through the real services and routes: the ledger takes what the other apps really send."""

import pytest
from django.core.management import call_command

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.services import confirm_receipt, record_signed, ship_parcel
from shop.gateways import services as gateways
from shop.ledger.models import LedgerEntry
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from shop.reporting.periods import whole_year
from shop.reporting.selectors import overview
from tests.factories import make_product, make_supplier, place
from tests.gateways.cast import paid_online
from tests.ledger.story import stages, total
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def paid_order(quantity: int = 3, *, sku: str = "tea") -> OrderRecord:
    supplier = make_supplier()
    tea = make_product(supplier=supplier, sku=sku, price_fen=3_333, stock=20)
    record = place(lines=[(tea, quantity)])
    paid_online(record)
    drain()
    return record


def ship(record: OrderRecord, units: int, number: str) -> int:
    order = SupplierOrder.objects.get(record=record)
    share = record.shares.get()
    parcel = ship_parcel(
        scope=SYSTEM,
        supplier_order_id=order.pk,
        courier="sf",
        tracking_number=number,
        units_by_share={share.pk: units},
        actor_id=None,
    )
    drain()
    return parcel.pk


def verified(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_ledger")
    call_command("replay_ledger")
    assert "0 differences, 0 messages not posted yet" in capsys.readouterr().out


def test_from_payment_to_receipt_and_refund(capsys: pytest.CaptureFixture[str]) -> None:
    record = paid_order()
    assert stages() == {"unshipped": 9_999}
    first = ship(record, 1, "SF1")
    ship(record, 2, "SF2")
    record_signed(parcel_id=first, signed_at=clock.now(), actor_id=None)
    drain()
    assert stages() == {"in_transit": 6_666, "received": 3_333}
    confirm_receipt(record_id=record.pk, actor_id=None)
    drain()
    assert stages() == {"confirmed": 9_999}
    found = overview(SYSTEM, whole_year(clock.today().year), record.demo).total
    assert found.confirmed + found.not_counted == 9_999
    ordering.request_refund(record_id=record.pk, whole=True, reason="return", actor_id=None)
    drain()
    assert stages() == {"refunding": 9_999}
    gateways.execute_refunds()
    drain()
    assert stages() == {}
    assert total() == 0
    assert set(LedgerEntry.objects.values_list("grade", flat=True)) == {"B"}
    verified(capsys)


def test_a_refund_before_shipping_and_one_that_is_withdrawn(capsys: pytest.CaptureFixture[str]) -> None:
    record = paid_order()
    ship(record, 1, "SF1")
    request = ordering.request_refund(
        record_id=record.pk, portions=[ordering.FenOf(4_000)], reason="price", actor_id=None
    )
    drain()
    assert stages() == {"in_transit": 3_333, "refunding": 4_000, "unshipped": 2_666}
    ordering.withdraw_refund(request_id=request.pk, reason="settled", actor_id=None)
    drain()
    assert stages() == {"in_transit": 3_333, "unshipped": 6_666}
    ship(record, 2, "SF2")
    confirm_receipt(record_id=record.pk, actor_id=None)
    drain()
    assert stages() == {"confirmed": 9_999}
    verified(capsys)


def test_the_receipt_of_a_parcel_whose_goods_were_refunded_takes_nothing_of_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    record = paid_order()
    first = ship(record, 1, "SF1")
    second = ship(record, 2, "SF2")
    record_signed(parcel_id=second, signed_at=clock.now(), actor_id=None)
    drain()
    share = record.shares.get()
    ordering.request_refund(
        record_id=record.pk, portions=[ordering.UnitsOf(share.pk, 1)], reason="lost", actor_id=None
    )
    drain()
    gateways.execute_refunds()
    drain()
    assert stages() == {"received": 6_666}
    for parcel_id in (first, second):
        confirm_receipt(record_id=record.pk, actor_id=None, parcel_ids=[parcel_id])
        drain()
    assert stages() == {"confirmed": 6_666}
    verified(capsys)
