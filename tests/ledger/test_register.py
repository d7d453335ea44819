"""The register of foreign keys: each number proves one thing, a second claim waits for a person."""

import pytest
from django.db import DatabaseError, transaction

from shop.accounts.scope import SYSTEM, Scope
from shop.fulfilment.models import Parcel
from shop.journal.models import JournalEntry
from shop.ledger.fact_models import KeyCollision, KeyKind, RegisteredKey
from shop.ledger.register import RegisterError, claim_key, collisions, decide_collision
from tests.ledger.test_real_events import paid_order, ship

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
