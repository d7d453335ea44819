"""Invoices as evidence in the ledger, and who is told of them."""

from typing import Any

import pytest

from shop.core import clock
from shop.invoicing.models import InvoiceRequest
from shop.invoicing.services import ask_exchange, exchange_invoice, request_invoices, withdraw_requests
from shop.ledger.fact_models import EvidenceFact, EvidenceKind, KeyCollision, KeyKind, RegisteredKey
from shop.ledger.grading import write_fact
from shop.ledger.register import claim_key, decide_collision
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.ordering.invoices import InvoiceWish
from tests.factories import make_user
from tests.invoicing.cast import asked, issued, number_of, wished_order
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def facts(order: str, kind: str = "invoice") -> list[tuple[bool, str]]:
    found = EvidenceFact.objects.filter(order_number=order, kind=kind).order_by("pk")
    return list(found.values_list("holds", "reference"))


def test_an_order_is_proven_once_each_of_its_suppliers_has_issued() -> None:
    record = wished_order()
    found = asked(record)
    issued(found["tea-co"], serial=1)
    drain()
    assert facts(record.number) == []
    issued(found["pear-co"], serial=2)
    drain()
    assert facts(record.number) == [(True, number_of(2))]
    owned = RegisteredKey.objects.filter(kind="invoice").order_by("value").values_list("value", "owner")
    owner = f"invoice:{record.number}"
    assert list(owned) == [(number_of(1), owner), (number_of(2), owner)]
    exchange_invoice(request_id=found["pear-co"].pk, number=number_of(3), issued_on=clock.today(), actor_id=7)
    drain()
    assert facts(record.number) == [(True, number_of(2)), (False, number_of(3))]
    issued(InvoiceRequest.objects.get(replaces=found["pear-co"]), serial=4)
    drain()
    assert facts(record.number)[-1] == (True, number_of(4))


def test_a_number_that_proves_another_order_proves_nothing_here() -> None:
    record = wished_order()
    claim_key(kind=KeyKind.INVOICE, value=number_of(1), owner="invoice:YS-OTHER", order_number="YS-OTHER")
    found = asked(record)
    issued(found["tea-co"], serial=1)
    issued(found["pear-co"], serial=2)
    drain()
    assert facts(record.number) == []
    collision = KeyCollision.objects.get()
    assert collision.order_number == record.number
    # Staff find that both are right: now it proves this order, too, as soon as all its invoices are there.
    decide: dict[str, Any] = {"collision_id": collision.pk, "reason": "同号两单", "actor_id": 1}
    decide_collision(separate=True, **decide)
    decide_collision(separate=True, **decide)
    assert facts(record.number) == [(True, f"{number_of(1)} #{collision.pk}")]


def test_a_number_found_right_proves_nothing_as_long_as_another_invoice_is_missing() -> None:
    record = wished_order()
    claim_key(kind=KeyKind.INVOICE, value=number_of(1), owner="invoice:YS-OTHER", order_number="YS-OTHER")
    found = asked(record)
    issued(found["tea-co"], serial=1)
    drain()
    decide_collision(collision_id=KeyCollision.objects.get().pk, separate=True, reason="同号两单", actor_id=1)
    assert facts(record.number) == []
    issued(found["pear-co"], serial=2)
    drain()
    assert facts(record.number) == [(True, number_of(2))]


def test_that_none_was_asked_for_holds_until_one_is() -> None:
    record = wished_order(wish={})
    drain()
    write_fact(record.number, EvidenceKind.NO_INVOICE, record.number)
    request_invoices(record_id=record.pk, wish=InvoiceWish("个人"), asked_by=None)
    drain()
    assert [holds for holds, _reference in facts(record.number, "no_invoice")] == [True, False]
    withdraw_requests(record_id=record.pk, actor_id=None)
    drain()
    assert [holds for holds, _reference in facts(record.number, "no_invoice")] == [True, False, True]


def test_supplier_and_buyer_are_told_once() -> None:
    record = wished_order(buyer=make_user())
    drain()
    wanted = SupplierNotice.objects.filter(kind="supplier_invoice_wanted").order_by("supplier__code")
    assert [notice.supplier.code for notice in wanted] == ["pear-co", "tea-co"]
    assert all("/supplier/invoices/" in notice.body for notice in wanted)
    request = InvoiceRequest.objects.get(supplier__code="tea-co")
    issued(request)
    ask_exchange(record_id=record.pk, wish=InvoiceWish("李明"), asked_by=None)
    drain()
    assert BuyerNotice.objects.filter(kind="buyer_invoice_issued").count() == 1
    assert SupplierNotice.objects.filter(kind="supplier_invoice_exchange").count() == 1
