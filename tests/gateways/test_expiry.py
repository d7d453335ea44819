"""Orders that cannot be closed hold up none of those that can."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from shop.core import clock
from shop.gateways import services
from shop.gateways.providers.base import ProviderUnavailable
from shop.gateways.providers.demo import DemoProvider
from shop.gateways.services import closing
from shop.ordering.models import OrderRecord
from tests.gateways.cast import order, started, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> list[OrderRecord]:
    """Return two orders left closing whose provider never answers; a run takes two of a kind."""
    monkeypatch.setattr(closing, "_BATCH", 2)
    records = [order(), order()]
    silent = {started(record).token for record in records}
    expire = DemoProvider.expire

    def expire_or_be_silent(self: DemoProvider, reference: str) -> Any:
        if reference in silent:
            raise ProviderUnavailable("silent")
        return expire(self, reference)

    monkeypatch.setattr(DemoProvider, "expire", expire_or_be_silent)
    for record in records:
        assert not services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    return records


def run() -> int:
    with time_machine.travel(clock.now() + dt.timedelta(minutes=41), tick=False):
        return services.expire_due_orders()


def test_orders_stuck_closing_do_not_keep_due_ones_waiting(stuck: list[OrderRecord]) -> None:
    due = [order(), order()]
    assert run() == 2
    assert [states(record)[0] for record in (*due, *stuck)] == ["closed", "closed", "closing", "closing"]


def test_orders_stuck_closing_do_not_keep_others_left_closing(stuck: list[OrderRecord]) -> None:
    left = order()
    OrderRecord.objects.filter(pk=left.pk).update(payment_state="closing", close_reason="buyer")
    runs = 0
    while states(left)[0] == "closing":
        runs += 1
        assert runs < 100, "its turn never came"
        run()
    assert [states(record)[0] for record in stuck] == ["closing", "closing"]


def test_an_order_that_breaks_the_closing_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = order(), order()
    close = closing.close_order

    def break_on_the_first(*, record_id: int, **rest: Any) -> bool:
        if record_id == bad.pk:
            raise RuntimeError("broken")
        return close(record_id=record_id, **rest)

    monkeypatch.setattr(closing, "close_order", break_on_the_first)
    assert run() == 1
    assert [states(record)[0] for record in (bad, good)] == ["unpaid", "closed"]
    assert f"order {bad.pk} was not closed" in caplog.text
