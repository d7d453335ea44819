"""Several people at the same moment: one number for one invoice, one request of a supplier, one credit of a refund."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.invoicing.models import Invoice, InvoiceRequest
from shop.invoicing.services import credit_invoice, request_from_wish
from tests.invoicing.cast import asked, issued, number_of, refunded, wished_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def outcome(act: Callable[[], Any]) -> Callable[[], str]:
    """Return a call that says how it ended: the reason of its refusal, or done."""

    def call() -> str:
        try:
            act()
        except ShopError as refused:
            return refused.code
        return "done"

    return call


def test_one_number_is_written_down_for_one_of_two_orders(together: Callable[..., list[Any]]) -> None:
    first, second = (asked(wished_order())["tea-co"] for _ in range(2))
    results = together([outcome(lambda one=one: issued(one)) for one in (first, second)])  # type: ignore[misc]
    assert sorted(results) == ["done", "number_known"]
    assert sorted(InvoiceRequest.objects.filter(supplier__code="tea-co").values_list("state", flat=True)) == [
        "issued",
        "requested",
    ]


def test_a_wish_becomes_requests_once(together: Callable[..., list[Any]]) -> None:
    record = wished_order()
    together([lambda: request_from_wish(record_id=record.pk)] * 4)
    assert InvoiceRequest.objects.count() == 2


def test_a_refund_is_credited_once(together: Callable[..., list[Any]]) -> None:
    record = wished_order()
    request = asked(record)["tea-co"]
    issued(request)
    refund = refunded(record, "tea", 1)

    def credit(serial: int) -> Callable[[], Any]:
        return lambda: credit_invoice(
            request_id=request.pk,
            refund_id=refund.pk,
            number=number_of(serial),
            issued_on=clock.today(),
            reason_code="02",
            actor_id=7,
        )

    results = together([outcome(credit(serial)) for serial in (2, 3)])
    assert sorted(results) == ["credited", "done"]
    assert Invoice.objects.exclude(credits=None).count() == 1
