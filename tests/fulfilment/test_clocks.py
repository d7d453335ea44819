"""When a receipt is taken as confirmed: signed for, delayed, and one bad order among good ones."""

import datetime as dt

import pytest
import time_machine

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment import selectors, services
from shop.fulfilment.exceptions import ReceiptError
from shop.fulfilment.models import Parcel, ParcelEvent
from shop.journal.models import JournalEntry
from shop.outbox.models import OutboxMessage
from tests.fulfilment.cast import Mixed, mixed_order, scope_of_supplier, ship

pytestmark = [pytest.mark.django_db, pytest.mark.data]
STAFF = 9


@pytest.fixture
def mixed() -> Mixed:
    return mixed_order()


def after(**span: int) -> time_machine.travel:
    return time_machine.travel(clock.now() + dt.timedelta(**span), tick=False)


def told(topic: str) -> int:
    return OutboxMessage.objects.filter(topic=topic).count()


@pytest.mark.parametrize("days", [-2, 1])
def test_a_parcel_is_signed_for_after_shipping_and_not_in_the_future(mixed: Mixed, days: int) -> None:
    parcel = ship(mixed.first)
    with pytest.raises(ReceiptError) as refused:
        services.record_signed(
            parcel_id=parcel.pk, signed_at=clock.now() + dt.timedelta(days=days), actor_id=STAFF
        )
    assert (refused.value.code, refused.value.field) == ("signed_at", "signed_on")
    parcel.refresh_from_db()
    assert (parcel.state, parcel.signed_at, told("parcel.signed")) == ("shipped", None, 0)
    assert not ParcelEvent.objects.filter(kind="signed").exists()


def test_a_stopped_clock_confirms_nothing_and_runs_on_later(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    due = parcel.confirm_due_at
    with after(days=10):
        for _ in range(2):
            services.stop_clock(parcel_id=parcel.pk, reason="道路塌方", actor_id=STAFF)
    with after(days=16):
        assert services.confirm_due_receipts() == 0
        for _ in range(2):
            services.restart_clock(parcel_id=parcel.pk, reason="已恢复", actor_id=STAFF)
        assert services.confirm_due_receipts() == 0
    parcel.refresh_from_db()
    assert parcel.clock_stopped_at is None
    assert abs(parcel.confirm_due_at - due - dt.timedelta(days=6)) < dt.timedelta(seconds=5)
    with after(days=21, hours=1):
        assert services.confirm_due_receipts() == 1
    entries = JournalEntry.objects.filter(action__startswith="parcel.clock").order_by("pk")
    assert [(entry.action, entry.actor_id, entry.reason) for entry in entries] == [
        ("parcel.clock_stopped", STAFF, "道路塌方"),
        ("parcel.clock_restarted", STAFF, "已恢复"),
    ]


def test_signing_for_a_delayed_parcel_starts_the_seven_days(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    services.stop_clock(parcel_id=parcel.pk, reason="暴雨", actor_id=STAFF)
    with after(days=20):
        services.record_signed(parcel_id=parcel.pk, signed_at=clock.now(), actor_id=STAFF, reason="快递官网")
    with after(days=27, hours=1):
        assert services.confirm_due_receipts() == 1
    parcel.refresh_from_db()
    assert (parcel.state, parcel.received_reason) == ("received", "after_signed")
    signed = JournalEntry.objects.get(action="parcel.signed")
    assert (signed.actor_id, signed.reason) == (STAFF, "快递官网")


def test_only_the_clock_of_a_parcel_on_its_way_is_stopped(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    services.record_signed(parcel_id=parcel.pk, signed_at=clock.now(), actor_id=STAFF)
    with pytest.raises(ReceiptError) as refused:
        services.stop_clock(parcel_id=parcel.pk, reason="", actor_id=STAFF)
    assert refused.value.code == "not_on_its_way"
    parcel.refresh_from_db()
    assert parcel.clock_stopped_at is None


def test_a_receipt_that_fails_holds_up_no_other(
    mixed: Mixed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = ship(mixed.first), ship(mixed.second)
    receive = services._receive

    def fail_for_the_first(parcel: Parcel, *rest: object) -> None:
        if parcel.pk == bad.pk:
            raise RuntimeError("broken")
        receive(parcel, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "_receive", fail_for_the_first)
    with after(days=16):
        assert services.confirm_due_receipts(limit=1) == 1
    assert f"the receipt of parcel {bad.pk} was not confirmed" in caplog.text
    assert list(Parcel.objects.order_by("pk").values_list("state", flat=True)) == ["shipped", "received"]
    assert good.pk > bad.pk and told("parcel.received") == 1


def test_what_is_due_is_looked_at_again_under_the_lock(mixed: Mixed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the list and the lock the parcel was signed for: its seven days have only begun."""
    parcel = ship(mixed.first)
    lock_parcel = services.locked_parcel

    def signed_meanwhile(parcel_id: int) -> object:
        monkeypatch.setattr(services, "locked_parcel", lock_parcel)
        services.record_signed(parcel_id=parcel_id, signed_at=clock.now(), actor_id=STAFF)
        return lock_parcel(parcel_id)

    with after(days=16):
        monkeypatch.setattr(services, "locked_parcel", signed_meanwhile)
        assert services.confirm_due_receipts() == 0
    parcel.refresh_from_db()
    assert (parcel.state, told("parcel.received")) == ("signed", 0)


def test_parcels_on_their_way_are_those_of_the_scope_nobody_signed_for(mixed: Mixed) -> None:
    from_tea, from_pears = ship(mixed.first), ship(mixed.second)
    services.record_signed(parcel_id=from_tea.pk, signed_at=clock.now(), actor_id=STAFF)
    scopes = (SYSTEM, scope_of_supplier("tea-co"), scope_of_supplier("pear-co"))
    found = [[parcel.pk for parcel in selectors.parcels_on_their_way(scope)] for scope in scopes]
    assert found == [[from_pears.pk], [], [from_pears.pk]]
