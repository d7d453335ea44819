"""The bell: workers are called after a commit, and whoever committed never waits for the broker."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median

import pytest
from django.db import transaction
from django.test import Client
from kombu.exceptions import OperationalError

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.outbox import services
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from tests.broker import calling_at
from tests.factories import make_user
from tests.outbox.cast import say
from worker.wake import Bell, call_workers

pytestmark = pytest.mark.django_db(transaction=True)
#: What a dead broker may cost a request.
LONGEST = 0.05


class Calls:
    """Counts calls, and lets the test wait for one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.count, self.error, self.came = 0, error, threading.Semaphore(0)

    def __call__(self) -> None:
        self.count += 1
        self.came.release()
        if self.error:
            raise self.error


@pytest.fixture
def wake() -> Iterator[Callable[[Bell], None]]:
    yield lambda bell: services.set_wake(bell.ring)
    services.set_wake(None)


@pytest.fixture
def broker() -> Iterator[Callable[[int], None]]:
    """Give a function that points the app at a port; here the call may give up sooner than in production."""
    with calling_at("") as point:
        yield lambda port: point(f"redis://127.0.0.1:{port}/0", socket_timeout=0.5)


def commit() -> None:
    say("A")


def added_seconds(
    bell: Bell,
    wake: Callable[[Bell], None],
    act: Callable[[], object] = commit,
    prepare: Callable[[], object] = int,
) -> float:
    """Return what the bell adds to an act, in seconds: the median, for the machine has other work too."""

    def seconds() -> float:
        prepare()
        started = time.monotonic()
        act()
        return time.monotonic() - started

    without = median(seconds() for _ in range(15))
    wake(bell)
    return median(seconds() for _ in range(15)) - without


@pytest.mark.data
def test_one_transaction_is_one_call_and_a_rolled_back_one_is_none(wake: Callable[[Bell], None]) -> None:
    rings: list[int] = []
    services.set_wake(lambda: rings.append(OutboxMessage.objects.count()))
    with transaction.atomic():
        for _ in range(3):
            services.append(topic="order.paid", stream="A", payload={})
    assert rings == [3]
    with pytest.raises(LookupError), transaction.atomic():
        services.append(topic="order.paid", stream="A", payload={})
        raise LookupError
    with transaction.atomic():
        with pytest.raises(LookupError), transaction.atomic():
            services.append(topic="order.paid", stream="A", payload={})
            raise LookupError
        services.append(topic="order.paid", stream="A", payload={})
    assert rings == [3, 4]
    services.set_wake(None)


def test_the_workers_are_called_from_another_thread(wake: Callable[[Bell], None]) -> None:
    calls = Calls()
    wake(Bell(calls))
    say("A")
    assert calls.came.acquire(timeout=10)
    assert calls.count == 1


def test_after_a_failure_nobody_is_called_for_a_while() -> None:
    calls = Calls(ConnectionError("gone"))
    bell = Bell(calls, silence=60)
    assert [bell.call_once() for _ in range(3)] == [False, False, False]
    assert calls.count == 1
    calls.error, bell._silent_until = None, time.monotonic()
    assert bell.call_once()
    assert calls.count == 2


def test_a_closed_port_costs_a_commit_nothing(
    wake: Callable[[Bell], None], broker: Callable[[int], None]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        broker(closed.getsockname()[1])
        assert added_seconds(Bell(silence=0), wake) < LONGEST
        started = time.monotonic()
        with pytest.raises(OperationalError):
            call_workers()
        assert time.monotonic() - started < 1


@pytest.fixture
def hole() -> Iterator[int]:
    """Give a port with a full backlog: the kernel drops what comes, as a firewall does; nothing is answered."""
    with socket.socket() as door, ExitStack() as stack:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(door.getsockname())
        yield door.getsockname()[1]


def test_a_dead_broker_costs_a_request_less_than_fifty_milliseconds(
    wake: Callable[[Bell], None], broker: Callable[[int], None], hole: int
) -> None:
    """A page of the staff that leaves a message to be delivered, asked for through the whole stack."""
    staff = Client()
    staff.force_login(make_user(grants=[(Role.STAFF, ScopeKind.ALL, "")]))
    delivery = OutboxDelivery.objects.create(
        message=say("A"), handler="tests.note", ordered=False, due_at=clock.now()
    )

    def give_up() -> None:
        OutboxDelivery.objects.update(state=DeliveryState.DEAD)

    def take_up() -> None:
        assert staff.post(f"/dashboard/outbox/{delivery.pk}/retry/").status_code == 302

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for port in (closed.getsockname()[1], hole):
            broker(port)
            assert added_seconds(Bell(silence=0), wake, take_up, give_up) < LONGEST
            services.set_wake(None)


def test_a_broker_that_swallows_every_packet_costs_a_commit_nothing(
    wake: Callable[[Bell], None], broker: Callable[[int], None], hole: int
) -> None:
    broker(hole)
    assert added_seconds(Bell(silence=0), wake) < LONGEST
    started = time.monotonic()
    with pytest.raises(OperationalError):
        call_workers()
    assert 0.5 < time.monotonic() - started < 3


def test_a_broker_that_accepts_and_never_answers_costs_a_commit_nothing(
    wake: Callable[[Bell], None], broker: Callable[[int], None]
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        broker(silent.getsockname()[1])
        assert added_seconds(Bell(silence=0), wake) < LONGEST
        started = time.monotonic()
        with pytest.raises(Exception, match=r"(?i)timeout|timed out"):
            call_workers()
        assert time.monotonic() - started < 3
