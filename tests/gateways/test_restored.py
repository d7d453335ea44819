"""Last night's copy put back after a day of sales: nothing is told or charged a second time, nothing is lost.

The outside world of this test - the mails that left, the provider's books - is not restored with the shop.
"""

import datetime as dt
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import translation

from shop.core import clock
from shop.fulfilment.models import SupplierOrder
from shop.gateways import services
from shop.gateways.models import BillLine, Payment
from shop.gateways.providers import registry
from shop.gateways.providers.stripe.client import line_of
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.operations.backup.making import back_up
from shop.operations.models import Restore
from shop.operations.restores import decide_held, held_notices, is_catching_up
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from tests.factories import make_cast, make_product, make_supplier, make_user, place
from tests.gateways.cast import DUE
from tests.gateways.stripe_cast import deliver, paid, session_of
from tests.promises import assert_kept
from tests.stripe_peer import Mishap, Peer
from worker.loop import Loop
from worker.routes import ROUTES
from worker.schedule import JOBS

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def mail_server(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_URL = "smtp://mail.example.com"
    settings.MEDIA_ROOT = str(tmp_path / "media")
    # The other engine's tests run at the same time: its lock is not ours.
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def work() -> None:
    """Do what `runworker --once` does."""
    Loop(routes=ROUTES, jobs=JOBS).run_once()


def stripe_order(name: str) -> OrderRecord:
    """Return the unpaid order of a buyer of that name, who has an e-mail address."""
    buyer = make_user(phone=None, email=f"{name}@buyer.example.com", name=f"王{name}")
    product = make_product(supplier=make_supplier(code="tea-co"), sku="tea", price_fen=10_000, stock=50)
    return place(lines=[(product, 2)], buyer=buyer, method="stripe")


def told() -> list[tuple[str, str]]:
    """Return receiver and subject of every mail that has left, in order of the receivers."""
    return sorted((message.to[0], str(message.subject)) for message in mail.outbox)


def restore(folder: Path, *words: str) -> str:
    """Run the command and return what it says."""
    out = StringIO()
    call_command("restore_shop", f"--from={folder}", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def state(number: str) -> tuple[str, str, int, int]:
    """Return payment and release state, supplier orders and payments of an order."""
    record = OrderRecord.objects.get(number=number)
    return (
        record.payment_state,
        record.release_state,
        SupplierOrder.objects.filter(record=record).count(),
        Payment.objects.filter(record=record).count(),
    )


def a_day_with_a_copy_in_it(peer: Peer, to: Path) -> tuple[Path, dict[str, str]]:
    """Sell before and after the copy; return its folder and the orders' numbers."""
    old, undelivered, refunded = stripe_order("old"), stripe_order("undelivered"), stripe_order("refunded")
    paid(peer, old)
    paid(peer, refunded)
    work()
    ordering.request_refund(record_id=refunded.pk, whole=True, reason="坏果", actor_id=None)
    paid(peer, undelivered)
    opened = stripe_order("opened")
    session = session_of(opened)
    copied = back_up(to=to, say=lambda text: None)
    # What the copy does not know: a payment, everybody's mails, a refund, and an order from beginning to end.
    deliver(peer, peer.books.pay(session))
    work()
    work()
    paid(peer, stripe_order("unknown"))
    work()
    return copied, {
        "old": old.number,
        "undelivered": undelivered.number,
        "refunded": refunded.number,
        "opened": opened.number,
    }


def money_of(peer: Peer) -> tuple[list[int], list[int]]:
    """Return the charges and the refunds in the provider's books."""
    tables = peer.books.tables
    return (
        [row["amount"] for row in tables["charges"].values()],
        [row["amount"] for row in tables["refunds"].values()],
    )


def test_last_nights_copy_tells_and_charges_nobody_twice(peer: Peer, tmp_path: Path) -> None:
    copied, numbers = a_day_with_a_copy_in_it(peer, tmp_path)
    mails, money = told(), money_of(peer)
    assert len(mails) == 11
    assert money == ([DUE] * 5, [DUE])
    # The provider forgets keys after a day: what it is asked again must be asked by looking.
    peer.remembered.clear()
    said = restore(copied, "--replace")
    assert "caught up:" in said and "1 payments found" in said

    assert (told(), money_of(peer)) == (mails, money)
    assert {name: state(number) for name, number in numbers.items()} == {
        "old": ("paid", "released", 1, 1),
        "undelivered": ("paid", "released", 1, 1),
        "refunded": ("paid", "released", 1, 1),
        "opened": ("paid", "released", 1, 1),
    }
    assert OrderRecord.objects.get(number=numbers["refunded"]).refunded_fen == DUE
    assert OrderRecord.objects.count() == 4
    work()
    assert (told(), money_of(peer)) == (mails, money)
    assert_kept()

    held = [
        *((notice.kind, notice.address) for notice in held_notices(BuyerNotice)),
        *((notice.kind, notice.record.number) for notice in held_notices(SupplierNotice) if notice.record),
    ]
    assert sorted(held) == sorted(
        [
            ("buyer_paid", "undelivered@buyer.example.com"),
            ("buyer_paid", "opened@buyer.example.com"),
            ("buyer_refunded", "refunded@buyer.example.com"),
            ("supplier_new_order", numbers["undelivered"]),
            ("supplier_new_order", numbers["opened"]),
        ]
    )


def test_money_of_an_order_that_the_copy_does_not_know_is_a_named_difference(
    peer: Peer, tmp_path: Path
) -> None:
    copied, _numbers = a_day_with_a_copy_in_it(peer, tmp_path)
    restore(copied, "--replace")
    [provider] = [one for one in registry.billing_providers() if one.name == "stripe"]
    done = services.import_bill(provider=provider, until=clock.now() + dt.timedelta(minutes=1))
    unknown = BillLine.objects.exclude(difference="")
    assert (done.differences, [(line.kind, line.source_minor) for line in unknown]) == (1, [("payment", DUE)])


def test_staff_send_what_was_not_told_and_the_shop_goes_on(peer: Peer, tmp_path: Path) -> None:
    copied, _numbers = a_day_with_a_copy_in_it(peer, tmp_path)
    restore(copied, "--replace")
    before = len(mail.outbox)
    wanted = held_notices(BuyerNotice).get(address="undelivered@buyer.example.com")
    others = list(held_notices(BuyerNotice).exclude(pk=wanted.pk).values_list("pk", flat=True))
    actor = make_cast(
        supplier=make_supplier(code="tea-co"), other_supplier=make_supplier(code="pear-co")
    ).staff.pk
    for _ in range(2):
        assert decide_held(model=BuyerNotice, notice_ids=[wanted.pk], send=True, actor_id=actor) in (1, 0)
        assert decide_held(model=BuyerNotice, notice_ids=others, send=False, actor_id=actor) in (2, 0)
    paid(peer, stripe_order("new"))
    work()
    assert sorted(message.to[0] for message in mail.outbox[before:]) == [
        "new@buyer.example.com",
        "tea-co@supplier.example.com",
        "undelivered@buyer.example.com",
    ]
    assert not held_notices(BuyerNotice).exists()
    assert held_notices(SupplierNotice).count() == 2


def test_nothing_is_sent_before_the_providers_could_be_asked(peer: Peer, tmp_path: Path) -> None:
    copied, numbers = a_day_with_a_copy_in_it(peer, tmp_path)
    mails, money = told(), money_of(peer)
    peer.plan(Mishap.DOWN, times=1000)
    with pytest.raises(CommandError, match="payments their provider could not be asked about"):
        restore(copied, "--replace")
    assert is_catching_up()
    work()
    assert told() == mails
    peer._planned.clear()
    line_of.cache_clear()
    call_command("restore_shop", "--catch-up")
    assert not is_catching_up()
    work()
    assert (told(), money_of(peer)) == (mails, money)
    assert state(numbers["opened"]) == ("paid", "released", 1, 1)
    assert Restore.objects.get().caught_up_at is not None
    assert_kept()
