"""The kept pages of a process take no more room than they were given."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import resolve

from shop.storefront.keeping.looks import Look
from shop.storefront.keeping.middleware import store
from shop.storefront.keeping.store import KeptPage, Store, packed
from tests.storefront.keeping.conftest import NOW
from tests.storefront.keeping.pages import is_kept, kept, shop_with_goods

LOOK = Look(0, NOW, dt.date(2026, 11, 23), (0, 0), 0, frozenset(), {})


def page(body: bytes) -> KeptPage:
    minute = dt.timedelta(minutes=1)
    return KeptPage(packed(body), {}, False, resolve("/"), LOOK, None, NOW, minute, LOOK.number)


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    room = Store(7_000)
    for name in ("one", "two", "three"):
        room.put(name, page(name.encode()))
    assert room.find("one") is not None
    room.put("four", page(b"four"))
    assert [name for name in ("one", "two", "three", "four") if room.find(name)] == ["one", "three", "four"]
    assert room.taken <= 7_000


def test_a_page_that_is_put_twice_takes_its_room_once() -> None:
    room = Store(7_000)
    first, second = page(b"first"), page(b"second")
    room.put("one", first)
    room.put("one", second)
    room.drop("one", first)
    found = room.find("one")
    assert found is second
    assert found.body == b"second"
    room.drop("one", second)
    assert (len(room), room.taken) == (0, 0)


def test_a_page_larger_than_all_the_room_is_not_kept() -> None:
    room = Store(1_000)
    room.put("one", page(b"one"))
    assert (len(room), room.taken) == (0, 0)


@pytest.mark.django_db
def test_addresses_without_end_take_no_more_room() -> None:
    shop_with_goods()
    visitor = Client()
    visitor.get("/terms/")
    store.most_bytes = 100_000
    for number in range(60):
        visitor.get(f"/catalogue/?min_price={number}")
    assert 0 < len(store) < 25
    assert 0 < store.taken <= 100_000
    assert is_kept(visitor.get("/catalogue/?min_price=59"))
    assert not is_kept(visitor.get("/catalogue/?min_price=0"))


@pytest.mark.django_db
def test_what_the_pages_take_is_what_is_counted() -> None:
    for address in shop_with_goods().values():
        kept(address)
    assert store.taken > sum(len(one.packed) for one in store._pages.values())
    assert len(store) == 4
