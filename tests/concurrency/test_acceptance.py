"""Two people count or approve at one moment: what arrived is counted once, and turned down once."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.ordering.desk_models import Acceptance, Reshipment
from shop.ordering.models import OrderRecord
from shop.procurement import services
from shop.procurement.models import AcceptanceReport, PayBy, Remedy
from shop.procurement.services import Arrival, Counted
from tests.procurement.cast import Union, approved, give_terms, make_goods, make_union, shipped
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def delivered() -> tuple[Union, OrderRecord, int]:
    """Return an order on terms with twenty units delivered."""
    union, goods = make_union(), make_goods()
    give_terms(union.unit)
    record = approved(union, goods, tea=20, pay_by=PayBy.TERMS)
    drain()
    shipped(record)
    return union, record, record.shares.get().line_id


def test_a_report_with_a_replacement_approved_twice_at_once_counts_once(together: Together) -> None:
    union, record, line = delivered()
    report = services.report_acceptance(
        record_id=record.pk,
        counted=[Counted(line, 18, short=2, remedy=Remedy.RESHIP)],
        actor_id=union.buyer.pk,
    )
    approve = lambda person: lambda: services.approve_acceptance(report_id=report.pk, actor_id=person.pk).pk
    results = together([approve(union.approver), approve(union.second)] * 2)
    assert set(results) == {report.pk}
    assert (Acceptance.objects.count(), Reshipment.objects.count()) == (1, 1)
    drain()
    drain()
    assert record.shares.get().accepted_units == 18
    assert_kept()


def test_the_same_units_are_reported_once_however_many_count_them(together: Together) -> None:
    union, record, line = delivered()

    def count(person: Any, key: str) -> Callable[[], str]:
        return lambda: (
            services.report_acceptance(
                record_id=record.pk,
                counted=[Counted(line, 20)],
                actor_id=person.pk,
                arrival=Arrival(form_key=key),
            ).number
        )

    results = together(
        [count(union.buyer, "a"), count(union.buyer, "a"), count(union.second, "b"), count(union.second, "b")]
    )
    said = sorted(str(getattr(result, "code", result)) for result in results)
    report = AcceptanceReport.objects.get()
    assert said == sorted([report.number] * 2 + ["units"] * 2)
