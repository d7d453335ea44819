"""The checks of the promises: silent when all is well, and naming the row that is broken."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import F

from shop.core import clock
from shop.gateways.models import Payment
from shop.ledger.models import LedgerEntry
from shop.operations import invariants
from shop.operations.management.commands import check_invariants
from shop.ordering.models import LineShare, OrderRecord, StockBalance
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage, OutboxStream
from shop.settlement.models import SettlementEntry, SupplierAccount
from tests.gateways.cast import order
from tests.operations.cast import paid_order
from tests.promises import assert_kept

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def run() -> str:
    out = StringIO()
    call_command("check_invariants", stdout=out)
    return out.getvalue()


def run_broken() -> str:
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("check_invariants", stdout=out)
    assert refused.value.returncode == 1
    return out.getvalue()


def test_a_sound_shop_has_nothing_to_say() -> None:
    paid_order()
    assert_kept()
    lines = run().splitlines()
    assert [line[:6] for line in lines] == ["ok    "] * len(invariants.CHECKS)


def test_messages_on_their_way_are_told_and_break_nothing() -> None:
    order()
    out = run()
    assert "1 streams still have messages on their way" in out
    assert "BROKEN" not in out


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_what_others_write_meanwhile_is_not_seen_by_half(monkeypatch: pytest.MonkeyPatch) -> None:
    paid_order()

    def write() -> None:
        StockBalance.objects.update(allocated=F("allocated") + 1)
        connections.close_all()

    def one_writes_beside() -> list[str]:
        assert StockBalance.objects.exists()
        with ThreadPoolExecutor(1) as beside:
            beside.submit(write).result()
        return []

    monkeypatch.setattr(check_invariants, "CHECKS", (("a write", one_writes_beside), *invariants.CHECKS))
    assert "BROKEN" not in run()
    monkeypatch.undo()
    assert "allocated 3, promised to orders 2" in run_broken()


def allocation(record: OrderRecord) -> str:
    StockBalance.objects.update(allocated=F("allocated") + 1)
    return "allocated 3, promised to orders 2"


def mirror(record: OrderRecord) -> str:
    record.order.lines.get().stockrecord.__class__.objects.update(num_in_stock=99)
    return "Oscar's mirror differs"


def applied_money(record: OrderRecord) -> str:
    Payment.objects.update(applied_fen=F("applied_fen") - 1)
    return f"order {record.number}: paid 20000, applied of its payments 19999"


def executions(record: OrderRecord) -> str:
    Payment.objects.update(refunded_fen=5)
    return "executions of 0 + 0 are not what it counts"


def refund_of_a_share(record: OrderRecord) -> str:
    LineShare.objects.update(refunded_fen=100)
    return f"order {record.number} share 1: ledger 20000, 19900 expected"


def source_of_an_entry(record: OrderRecord) -> str:
    entry = LedgerEntry.objects.filter(kind="goods").latest("pk")
    entry.pk, entry.event_id, entry.source_key = None, uuid.uuid4(), "share:987654"
    entry.save(force_insert=True)
    return "ledger source share:987654 does not exist"


def dead_delivery(record: OrderRecord) -> str:
    delivery = OutboxDelivery.objects.filter(handler="ledger.post_paid").get()
    OutboxDelivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DEAD, last_error="LedgerError: no"
    )
    return f"dead: {delivery.message} at ledger.post_paid: LedgerError: no"


def gap_in_a_stream(record: OrderRecord) -> str:
    OutboxStream.objects.filter(name=record.number).update(last_seq=F("last_seq") + 1)
    count = OutboxMessage.objects.filter(stream=record.number).count()
    return f"stream {record.number}: {count} messages, last number {count + 1}"


def owed_beside_the_ledger(record: OrderRecord) -> str:
    entry = SettlementEntry.objects.filter(kind="goods").latest("pk")
    entry.pk, entry.event_id, entry.fen = None, uuid.uuid4(), 5
    entry.save(force_insert=True)
    return f"order {record.number} supplier {entry.supplier}: settlement (20005, 0), ledger (20000, 0)"


def balance_of_a_supplier(record: OrderRecord) -> str:
    SupplierAccount.objects.update(collected_fen=F("collected_fen") + 7, pending_fen=F("pending_fen") + 7)
    return "pending_fen 20007, entries 20000"


BREAKS = [
    allocation,
    mirror,
    applied_money,
    executions,
    refund_of_a_share,
    source_of_an_entry,
    dead_delivery,
    gap_in_a_stream,
    owed_beside_the_ledger,
    balance_of_a_supplier,
]


@pytest.mark.parametrize("damage", BREAKS, ids=lambda damage: damage.__name__)
def test_what_is_broken_is_named(damage: Callable[[OrderRecord], str]) -> None:
    sentence = damage(paid_order())
    out = run_broken()
    assert sentence in out
    assert "BROKEN" in out
    assert sentence in "\n".join(invariants.broken_promises())


def test_a_dead_delivery_is_no_excuse_for_its_order() -> None:
    record = paid_order()
    OutboxDelivery.objects.filter(handler="ledger.post_paid").update(state=DeliveryState.DEAD)
    # The order's ledger is not compared while a message is on its way; that it is dead is said instead.
    assert invariants.waiting() == 1
    assert [line for line in invariants.broken_promises() if record.number in line]


def test_the_checks_write_nothing() -> None:
    paid_order()
    before = (LedgerEntry.objects.count(), OutboxMessage.objects.count(), clock.today())
    run()
    assert (LedgerEntry.objects.count(), OutboxMessage.objects.count(), clock.today()) == before
