"""Who is waited for is told of asked prices, who asked of the answer: each once, and nobody else."""

from typing import Any

import pytest

from shop.buyers.services import remove_member
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.procurement import services
from tests.procurement.cast import make_goods, make_union
from tests.procurement.price_cast import SHOP, TEA_CO, ask, counter, of, offer
from tests.worker import drain

pytestmark = pytest.mark.django_db


def to_suppliers() -> list[tuple[str, str]]:
    """Return kind and supplier of the notices about prices, oldest first."""
    rows = SupplierNotice.objects.filter(kind__startswith="supplier_price").order_by("pk")
    return list(rows.values_list("kind", "supplier__code"))


def to_unit() -> list[tuple[str, str]]:
    """Return address and first words of the notices about prices, oldest first."""
    rows = BuyerNotice.objects.filter(kind="unit_price_answered").order_by("pk")
    return list(rows.values_list("address", "subject"))


def test_each_side_is_told_what_the_other_has_said() -> None:
    union, goods = make_union(), make_goods()
    asked = ask(union, goods)
    drain()
    assert to_suppliers() == [("supplier_price_asked", "tea-co")]
    assert f"/supplier/prices/{asked.number}/" in SupplierNotice.objects.get().body
    offer(asked, goods, 9_000)
    drain()
    assert to_unit() == [(union.buyer.phone, f"询价单 {asked.number} 有报价了")]
    counter(union, asked, goods, 8_000)
    drain()
    assert to_suppliers()[1:] == [("supplier_price_asked", "tea-co")]
    services.accept_price(scope=TEA_CO, number=asked.number, revision=2, actor_id=1)
    drain()
    assert to_unit()[1:] == [(union.buyer.phone, f"{asked.number} 已按贵方价格议定")]
    assert len(to_suppliers()) == 2


def test_a_supplier_reads_that_its_offer_is_taken_or_why_not() -> None:
    union, goods = make_union(), make_goods()
    taken, not_taken = ask(union, goods), ask(union, goods, tea=30)
    own: dict[str, Any] = {"scope": of(union), "actor_id": union.buyer.pk}
    for asked in (taken, not_taken):
        offer(asked, goods, 9_000)
    services.accept_price(number=taken.number, revision=1, **own)
    services.refuse_price(number=not_taken.number, note="超出预算", **own)
    drain()
    ended = SupplierNotice.objects.filter(kind="supplier_price_ended").order_by("pk")
    assert [taken.number in ended[0].body, "超出预算" in ended[1].body] == [True, True]
    # Both were answered before the message of the asking was delivered, and the offers after it.
    assert to_suppliers() == [("supplier_price_ended", "tea-co")] * 2
    assert len(to_unit()) == 2


def test_where_who_asked_has_left_the_other_buyers_are_told_and_of_the_shop_nobody() -> None:
    union, goods = make_union(), make_goods()
    asked = ask(union, goods, of_shop=True)
    remove_member(organisation_id=union.unit.pk, user_id=union.buyer.pk, role="buyer", actor_id=None)
    offer(asked, goods, 9_000, scope=SHOP)
    drain()
    assert to_suppliers() == []
    assert [address for address, _subject in to_unit()] == [union.second.phone]
