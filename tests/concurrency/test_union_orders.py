"""Two orders of one organisation reach for the same rest of its terms; one report is approved twice."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.ordering import services as ordering
from shop.ordering.desk_models import Acceptance
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from tests.factories import make_bulk_stock, make_organisation, make_product, make_terms, place_union

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def orders(count: int, *, limit_fen: int) -> list[OrderRecord]:
    """Return unpaid orders on terms of 100.00 yuan each."""
    tea = make_product(price_fen=10_000, stock=1)
    make_bulk_stock(product=tea, units=count)
    organisation = make_organisation()
    make_terms(organisation=organisation, limit_fen=limit_fen)
    return [place_union(lines=[(tea, 1)], organisation=organisation) for _ in range(count)]


def test_the_limit_holds_when_orders_are_released_together(together: Together) -> None:
    records = orders(4, limit_fen=20_000)
    results = together(
        [lambda pk=record.pk: ordering.release_on_terms(record_id=pk, approved_by=4) for record in records]
    )
    assert sorted(getattr(result, "code", str(result)) for result in results) == [
        "True",
        "True",
        "limit",
        "limit",
    ]
    assert ordering.open_terms_fen("un-001") == 20_000
    assert OutboxMessage.objects.filter(topic="order.released").count() == 2


def test_a_report_approved_twice_at_once_counts_once(together: Together) -> None:
    (record,) = orders(1, limit_fen=10_000)
    ordering.release_on_terms(record_id=record.pk, approved_by=4)
    line = record.shares.get().line_id
    ordering.consume_allocation(line_units={line: 1})
    accept = lambda: (
        ordering.accept_units(record_id=record.pk, items=[(line, 1)], report_number="AR-1", actor_id=4).pk
    )
    assert len(set(together([accept] * 4))) == 1
    assert (Acceptance.objects.count(), record.shares.get().accepted_units) == (1, 1)
    assert OutboxMessage.objects.filter(topic="order.accepted").count() == 1
