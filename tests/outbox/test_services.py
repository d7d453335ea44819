"""Messages: numbered without gaps, gone with their transaction; dead deliveries taken up again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.outbox import relay, services
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage, OutboxStream
from tests.outbox.cast import ROUTES, say


@pytest.mark.django_db
def test_numbers_of_a_stream_run_from_one_without_gaps() -> None:
    numbers = [say("A").seq, say("B").seq, say("A").seq, say("A").seq]
    assert numbers == [1, 1, 2, 3]


@pytest.mark.data
@pytest.mark.django_db
def test_a_rolled_back_savepoint_gives_its_number_back() -> None:
    with transaction.atomic():
        services.append(topic="order.paid", stream="A", payload={})
        with pytest.raises(LookupError), transaction.atomic():
            services.append(topic="order.paid", stream="A", payload={})
            raise LookupError
        services.append(topic="order.paid", stream="A", payload={})
    assert list(OutboxMessage.objects.values_list("seq", flat=True)) == [1, 2]


@pytest.mark.data
@pytest.mark.django_db
def test_a_rolled_back_transaction_leaves_no_message() -> None:
    with pytest.raises(LookupError), transaction.atomic():
        services.append(topic="order.paid", stream="A", payload={})
        raise LookupError
    assert not OutboxMessage.objects.exists()
    assert not OutboxStream.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_message_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="needs the transaction"):
        services.append(topic="order.paid", stream="A", payload={})
    assert not OutboxMessage.objects.exists()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_twenty_first_messages_of_one_stream_at_once(together: Callable[..., list[Any]]) -> None:
    results = together([lambda: say("A").seq] * 20)
    assert sorted(results) == list(range(1, 21))
    assert OutboxStream.objects.get(name="A").last_seq == 20


@pytest.mark.django_db(transaction=True)
def test_the_wake_port_rings_after_the_commit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(services, "_wake", lambda: rung.append(OutboxMessage.objects.count()))
    with transaction.atomic():
        services.append(topic="order.paid", stream="A", payload={})
        assert rung == []
    assert rung == [1]


@pytest.mark.data
@pytest.mark.django_db
def test_a_dead_delivery_gets_its_attempts_again_and_the_journal_says_who() -> None:
    say("A")
    relay.expand(ROUTES)
    delivery = OutboxDelivery.objects.get()
    assert not services.retry_dead(delivery_id=delivery.pk, actor_id=7)
    assert not JournalEntry.objects.exists()
    OutboxDelivery.objects.update(state=DeliveryState.DEAD, attempts=8, last_error="Poison: no")

    assert services.retry_dead(delivery_id=delivery.pk, actor_id=7)
    assert not services.retry_dead(delivery_id=delivery.pk, actor_id=7)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 0)
    assert delivery.due_at <= clock.now()
    entry = JournalEntry.objects.get()
    assert (entry.actor_id, entry.action, entry.before) == (7, "outbox.retry_dead", {"error": "Poison: no"})
    assert relay.drain(ROUTES) == 1
