"""The register of foreign keys: each number proves one thing, a second claim waits for a person."""

import pytest
from django.db import DatabaseError, transaction

from shop.accounts.scope import SYSTEM, Scope
from shop.fulfilment.models import Parcel
from shop.journal.models import JournalEntry
from shop.ledger.fact_models import KeyCollision, KeyKind, RegisteredKey
from shop.ledger.register import RegisterError, claim_key, collisions, decide_collision
from shop.outbox.models import OutboxMessage
from tests.ledger.story import Story, event_of, share, total
from tests.ledger.test_evidence import deliver
from tests.ledger.test_real_events import paid_order, ship
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def claim(owner: str, value: str = "EA1", kind: KeyKind = KeyKind.COURIER) -> bool:
    return claim_key(kind=kind, value=value, owner=owner)


def test_the_first_claim_holds_and_a_second_one_waits_once() -> None:
    assert claim("parcel:1")
    assert claim("parcel:1", " ea 1 ")
    assert not claim("parcel:2")
    assert not claim("parcel:2")
    assert claim("ticket:9", kind=KeyKind.TICKET)
    assert RegisteredKey.objects.count() == 2
    [collision] = collisions(SYSTEM)
    assert (collision.key.value, collision.key.owner, collision.owner) == ("EA1", "parcel:1", "parcel:2")
    assert list(collisions(Scope(regions=frozenset({"wangcang"})))) == []


def test_a_person_finds_that_both_are_right_or_refuses_the_second() -> None:
    claim("parcel:1")
    claim("parcel:2")
    claim("parcel:3")
    second, third = KeyCollision.objects.order_by("pk")
    decide_collision(collision_id=second.pk, separate=True, reason="同一箱", actor_id=7)
    decide_collision(collision_id=third.pk, separate=False, reason="填错了", actor_id=7)
    assert (claim("parcel:2"), claim("parcel:3")) == (True, False)
    assert list(JournalEntry.objects.order_by("pk").values_list("action", "reason")) == [
        ("key.separate", "同一箱"),
        ("key.same", "填错了"),
    ]
    decide_collision(collision_id=second.pk, separate=True, reason="同一箱", actor_id=7)
    for pk, separate, reason, code in (
        (second.pk, False, "改主意", "decided"),
        (third.pk, True, " ", "reason"),
        (0, True, "没有", "unknown"),
    ):
        with pytest.raises(RegisterError) as error:
            decide_collision(collision_id=pk, separate=separate, reason=reason, actor_id=7)
        assert error.value.code == code
    assert JournalEntry.objects.count() == 2


def test_what_is_registered_stays_registered() -> None:
    claim("parcel:1")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RegisteredKey.objects.update(owner="parcel:2")


def test_payments_and_parcels_register_what_they_stand_on() -> None:
    record = paid_order()
    payment = record.payments.get()
    assert payment.attempt is not None
    parcel = ship(record, 1, "SF1")
    found = RegisteredKey.objects.order_by("pk").values_list("kind", "value", "owner", "order_number")
    assert list(found) == [
        ("transaction", f"DEMO:{payment.attempt.reference.upper()}", f"payment:{payment.key}", record.number),
        ("courier", Parcel.objects.get(pk=parcel).tracking_number, f"parcel:{parcel}", record.number),
    ]
    assert not KeyCollision.objects.exists()


def grade_fen() -> dict[str, int]:
    return {grade: fen for grade in "BD" if (fen := total(kind="goods", grade=grade))}


def test_goods_whose_courier_number_proves_another_parcel_are_below_the_line_until_a_person_decides() -> None:
    first, second = paid_order(), paid_order(sku="pears")
    ship(first, 1, "SF1")
    before = grade_fen()
    assert set(before) == {"B"}
    fen = total(kind="goods", order_number=second.number)
    claim("parcel:0", "SF2")
    ship(second, 1, "SF2")
    drain()
    assert grade_fen() == {"B": before["B"] - fen, "D": fen}
    [collision] = collisions(SYSTEM)
    decide_collision(collision_id=collision.pk, separate=True, reason="同一箱两单", actor_id=7)
    drain()
    assert grade_fen() == before
    assert_kept()


def test_a_refused_second_claim_stays_below_the_line() -> None:
    record = paid_order()
    claim("parcel:0", "SF2")
    ship(record, 1, "SF2")
    drain()
    [collision] = collisions(SYSTEM)
    decide_collision(collision_id=collision.pk, separate=False, reason="冒用单号", actor_id=7)
    drain()
    assert set(grade_fen()) == {"D"}
    assert_kept()


def test_money_whose_transaction_proves_another_payment_is_below_the_line_from_the_start() -> None:
    story = Story([share(1, 900, 1)], post=deliver).place()
    story.capture("p", 900)
    claim("payment:other", "BANK:1", KeyKind.BANK_LINE)
    claim("payment:p", "BANK:1", KeyKind.BANK_LINE)
    story.apply(("p", 900))
    for message in OutboxMessage.objects.filter(topic="evidence.graded"):
        deliver(event_of(message))
    assert grade_fen() == {"D": 900}
    [collision] = collisions(SYSTEM)
    decide_collision(collision_id=collision.pk, separate=True, reason="银行重号", actor_id=7)
    for message in OutboxMessage.objects.filter(topic="evidence.graded"):
        deliver(event_of(message))
    assert grade_fen() == {"B": 900}
