"""Two pages of one person at the same moment: one default address, and never a twenty-first."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from shop.ordering.address_models import SavedAddress
from shop.ordering.addresses import MOST_ADDRESSES
from shop.ordering.services import AddressRefused, make_default, remove_address, save_address
from tests.factories import RECIPIENT, make_user

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

Together = Callable[..., list[Any]]


def test_the_last_place_goes_to_one_of_many(transactional_db: None, together: Together) -> None:
    user = make_user()
    for number in range(MOST_ADDRESSES - 1):
        save_address(owner_id=user.pk, recipient=replace(RECIPIENT, street=f"市心中路{number}号"))
    wishes = [
        partial(
            save_address,
            owner_id=user.pk,
            recipient=replace(RECIPIENT, street=f"人民路{number}号"),
            default=True,
        )
        for number in range(6)
    ]
    results = together(wishes)
    assert [type(result) for result in results].count(SavedAddress) == 1
    assert [type(result) for result in results].count(AddressRefused) == 5
    assert SavedAddress.objects.count() == MOST_ADDRESSES
    assert SavedAddress.objects.get(is_default=True).street.startswith("人民路")


def test_one_default_is_left_whoever_is_faster(transactional_db: None, together: Together) -> None:
    user = make_user()
    kept = [
        save_address(owner_id=user.pk, recipient=replace(RECIPIENT, street=f"市心中路{number}号"))
        for number in range(4)
    ]
    first = kept[0].pk
    calls: list[Callable[[], Any]] = [
        partial(make_default, owner_id=user.pk, address_id=address.pk) for address in kept[1:]
    ]
    calls.append(partial(remove_address, owner_id=user.pk, address_id=first))
    assert together(calls) == [None] * 4
    assert SavedAddress.objects.count() == 3
    assert SavedAddress.objects.filter(is_default=True).count() == 1
