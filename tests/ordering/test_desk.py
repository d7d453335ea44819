"""What staff do to an order beside its money: replacements, stopped shipping, notes, shortages, forms sent twice."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shop.core.exceptions import ShopError
from shop.fulfilment.reshipping import ship_replacement
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.ordering.desk_models import ActedForm, Reshipment
from shop.ordering.models import LineShare, OrderRecord, StockBalance
from shop.ordering.reshipments import reshipments
from shop.ordering.services import (
    OutOfStock,
    cancel_reshipment,
    reduce_or_refund_units,
    request_reshipment,
    resume_shipping,
    stop_shipping,
    take_form,
    write_note,
)
from shop.ordering.timeline import timeline
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, place
from tests.fulfilment.cast import ACTOR, Mixed, mixed_order, scope_of_supplier, ship, states
from tests.gateways.cast import order, paid_online
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def again(share: LineShare, units: int) -> Reshipment:
    return request_reshipment(
        record_id=share.record_id, share_id=share.pk, units=units, reason="两罐压坏", actor_id=ACTOR
    )


def stock_of(share: LineShare) -> tuple[int, int]:
    balance = StockBalance.objects.get(stockrecord=share.line.stockrecord_id)
    return balance.on_hand, balance.allocated


def written() -> tuple[int, int, int, int]:
    """Return how much stands in the tables that a refusal must leave alone."""
    return (
        Reshipment.objects.count(),
        JournalEntry.objects.count(),
        OutboxMessage.objects.count(),
        sum(StockBalance.objects.values_list("on_hand", flat=True)),
    )


def test_damaged_units_are_sent_again_without_money_or_figures() -> None:
    record = order(stock=5)
    paid_online(record)
    drain()
    parcel = ship(record.supplier_orders.get())
    drain()
    share = record.shares.get()
    before = list(LedgerEntry.objects.values_list("pk", flat=True))
    made = again(share, 2)
    assert (made.number, made.state, stock_of(share)) == (f"{record.number}-S1", "requested", (1, 0))
    with pytest.raises(ShopError) as more:
        again(share, 1)
    assert more.value.code == "units"
    assert list(reshipments(scope_of_supplier("nobody"))) == []
    own = scope_of_supplier(share.supplier.code)
    sent: dict[str, Any] = {"scope": own, "reshipment_id": made.pk, "courier": "邮政EMS", "actor_id": ACTOR}
    kept = written()
    with pytest.raises(ShopError) as taken:
        ship_replacement(**sent, tracking_number=parcel.tracking_number)
    assert (taken.value.code, written()) == ("number_taken", kept)
    for _ in range(2):
        ship_replacement(**sent, tracking_number="EMS777777")
    assert OutboxMessage.objects.filter(topic="reshipment.shipped").count() == 1
    with pytest.raises(ShopError) as gone:
        cancel_reshipment(reshipment_id=made.pk, reason="x", actor_id=ACTOR)
    assert gone.value.code == "wrong_state"
    drain()
    assert list(LedgerEntry.objects.values_list("pk", flat=True)) == before
    record.refresh_from_db()
    assert (record.paid_fen, record.refunded_fen, record.fulfilment_state) == (20_000, 0, "shipped")
    [step] = [step for step in timeline(record) if step.code == "reshipment.shipped"]
    assert step.detail == "邮政EMS EMS777777"
    assert_kept()


def test_a_replacement_is_bounded_by_what_was_shipped_and_what_is_there() -> None:
    mixed = mixed_order()
    kept = written()
    with pytest.raises(ShopError) as unshipped:
        again(mixed.tea, 1)
    assert (unshipped.value.code, written()) == ("units", kept)
    ship(mixed.first, {mixed.tea.pk: 2})
    StockBalance.objects.filter(stockrecord=mixed.tea.line.stockrecord_id).update(on_hand=2, allocated=1)
    kept = written()
    with pytest.raises(OutOfStock):
        again(mixed.tea, 2)
    assert written() == kept
    made = again(mixed.tea, 1)
    for _ in range(2):
        cancel_reshipment(reshipment_id=made.pk, reason="买家改要退款", actor_id=ACTOR)
    assert (stock_of(mixed.tea), Reshipment.objects.get().state) == ((2, 1), "cancelled")
    with transaction.atomic(), pytest.raises(IntegrityError):
        Reshipment.objects.update(state="shipped")


def test_a_stopped_order_does_not_ship_until_it_goes_on() -> None:
    mixed: Mixed = mixed_order()
    assert stop_shipping(record_id=mixed.record.pk, reason="买家要改地址", actor_id=ACTOR)
    assert not stop_shipping(record_id=mixed.record.pk, reason="again", actor_id=ACTOR)
    kept = written()
    with pytest.raises(ShopError) as stopped:
        ship(mixed.first)
    assert (stopped.value.code, written(), states(mixed)) == ("stopped", kept, ("none", "new", "new"))
    assert resume_shipping(record_id=mixed.record.pk, reason="地址已改", actor_id=ACTOR)
    assert not resume_shipping(record_id=mixed.record.pk, reason="again", actor_id=ACTOR)
    ship(mixed.first)
    ship(mixed.second)
    with pytest.raises(ShopError) as late:
        stop_shipping(record_id=mixed.record.pk, reason="x", actor_id=ACTOR)
    assert late.value.code == "wrong_state"
    steps = [
        (entry.action, entry.reason) for entry in JournalEntry.objects.filter(action__contains="shipping")
    ]
    assert steps == [
        ("order.shipping_stopped", "买家要改地址"),
        ("order.shipping_resumed", "地址已改"),
    ]


def test_notes_stay_with_the_staff_and_a_form_acts_once() -> None:
    record = order()
    for text in (" ", "长" * 301):
        with pytest.raises(ShopError):
            write_note(record_id=record.pk, text=text, actor_id=ACTOR)
    write_note(record_id=record.pk, text="买家周五后收货", actor_id=ACTOR)
    assert "order.note" not in [step.code for step in timeline(record)]
    assert "order.note" in [step.code for step in timeline(record, internal=True)]
    with transaction.atomic():
        taken = [
            take_form(record_id=record.pk, key=key, action=action, actor_id=ACTOR)
            for key, action in (("k", "note"), ("k", "note"), ("k", "refund"), ("", "note"), ("", "note"))
        ]
    assert taken == [True, False, True, True, True]
    assert ActedForm.objects.count() == 2


def test_a_shortage_lowers_an_unpaid_order_and_asks_a_paid_one_back() -> None:
    tea = make_product(price_fen=10_000, stock=9)
    unpaid, paid = place(lines=[(tea, 3)]), place(lines=[(tea, 3)])
    line, paid_line = unpaid.shares.get().line_id, paid.shares.get().line_id
    with pytest.raises(ShopError) as more:
        reduce_or_refund_units(record_id=unpaid.pk, items=[(line, 4)], reason="缺货", actor_id=ACTOR)
    assert more.value.code == "units"
    assert (
        reduce_or_refund_units(record_id=unpaid.pk, items=[(line, 1)], reason="缺货", actor_id=ACTOR) is None
    )
    unpaid.refresh_from_db()
    assert (unpaid.due_fen, unpaid.reduced_fen) == (20_000, 10_000)
    paid_online(paid)
    request = reduce_or_refund_units(record_id=paid.pk, items=[(paid_line, 2)], reason="缺货", actor_id=ACTOR)
    assert request is not None
    assert (request.fen, request.approved_at, request.items.get().unshipped_units) == (20_000, None, 2)
    with pytest.raises(ShopError):
        reduce_or_refund_units(record_id=paid.pk, items=[(line, 1)], reason="缺货", actor_id=ACTOR)
    assert OrderRecord.objects.get(pk=paid.pk).refunded_fen == 0
