"""The addresses that a person keeps."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shop.accounts.models import User
from shop.accounts.scope import NOTHING, SYSTEM, own_scope
from shop.ordering.address_models import SavedAddress
from shop.ordering.addresses import MOST_ADDRESSES, addresses
from shop.ordering.recipients import Recipient
from shop.ordering.services import (
    AddressRefused,
    change_address,
    make_default,
    remove_address,
    save_address,
)
from tests.factories import RECIPIENT, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def at(number: int) -> Recipient:
    """Return the recipient of the tests at another house."""
    return replace(RECIPIENT, street=f"市心中路{number}号")


def other_person() -> User:
    return make_user(phone="+8613800000002", name="李四")


def kept(user: User) -> list[tuple[str, bool]]:
    """Return streets and whether each is the default, as the pages list them."""
    return list(addresses(own_scope(user)).values_list("street", "is_default"))


def test_the_first_address_is_the_default_and_the_number_is_stored_in_full() -> None:
    user = make_user()
    saved = save_address(owner_id=user.pk, recipient=replace(RECIPIENT, phone=" 138 0000 0001 "))
    save_address(owner_id=user.pk, recipient=at(2))
    assert saved.phone == "+8613800000001"
    assert kept(user) == [("市心中路1号", True), ("市心中路2号", False)]


def test_only_one_address_is_the_default() -> None:
    user = make_user()
    for number in (1, 2, 3):
        save_address(owner_id=user.pk, recipient=at(number), default=number == 2)
    assert kept(user) == [("市心中路2号", True), ("市心中路3号", False), ("市心中路1号", False)]
    for _ in range(2):
        make_default(owner_id=user.pk, address_id=SavedAddress.objects.get(street="市心中路1号").pk)
        assert kept(user)[0] == ("市心中路1号", True)
        assert SavedAddress.objects.filter(is_default=True).count() == 1


def test_the_table_itself_keeps_one_default_and_no_address_twice() -> None:
    user = make_user()
    save_address(owner_id=user.pk, recipient=at(1))
    second = save_address(owner_id=user.pk, recipient=at(2))
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedAddress.objects.filter(pk=second.pk).update(is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedAddress.objects.filter(pk=second.pk).update(street="市心中路1号")
    assert kept(user) == [("市心中路1号", True), ("市心中路2号", False)]


def test_the_same_address_is_kept_once() -> None:
    user = make_user()
    first = save_address(owner_id=user.pk, recipient=RECIPIENT)
    again = save_address(owner_id=user.pk, recipient=replace(RECIPIENT, phone="+86 138-0000-0001"))
    assert again == first
    assert SavedAddress.objects.count() == 1


def test_twenty_addresses_fit_and_no_more() -> None:
    user, other = make_user(), other_person()
    for number in range(MOST_ADDRESSES):
        save_address(owner_id=user.pk, recipient=at(number))
    with pytest.raises(AddressRefused) as refused:
        save_address(owner_id=user.pk, recipient=at(99), default=True)
    assert (refused.value.code, str(refused.value)) == ("too_many", "最多保存 20 个地址，请先删除一个。")
    assert SavedAddress.objects.filter(owner=user).count() == 20
    assert kept(user)[0] == ("市心中路0号", True)
    # One that is kept already is no twenty-first, and another person has twenty of their own.
    save_address(owner_id=user.pk, recipient=at(3), default=True)
    save_address(owner_id=other.pk, recipient=at(99))
    assert kept(user)[0] == ("市心中路3号", True)
    assert kept(other) == [("市心中路99号", True)]


def test_without_the_default_the_newest_becomes_it() -> None:
    user = make_user()
    first = save_address(owner_id=user.pk, recipient=at(1))
    save_address(owner_id=user.pk, recipient=at(2))
    third = save_address(owner_id=user.pk, recipient=at(3))
    for _ in range(2):
        remove_address(owner_id=user.pk, address_id=first.pk)
        assert kept(user) == [("市心中路3号", True), ("市心中路2号", False)]
    remove_address(owner_id=user.pk, address_id=third.pk)
    remove_address(owner_id=user.pk, address_id=SavedAddress.objects.get().pk)
    assert kept(user) == []


def test_a_change_keeps_the_default_and_finds_a_double() -> None:
    user = make_user()
    first = save_address(owner_id=user.pk, recipient=at(1))
    second = save_address(owner_id=user.pk, recipient=at(2))
    for _ in range(2):
        change_address(owner_id=user.pk, address_id=first.pk, recipient=at(7))
    assert kept(user) == [("市心中路7号", True), ("市心中路2号", False)]
    change_address(owner_id=user.pk, address_id=second.pk, recipient=at(8), default=True)
    assert kept(user) == [("市心中路8号", True), ("市心中路7号", False)]
    with pytest.raises(AddressRefused) as refused:
        change_address(owner_id=user.pk, address_id=second.pk, recipient=at(7))
    assert refused.value.code == "kept_already"
    assert kept(user) == [("市心中路8号", True), ("市心中路7号", False)]


@pytest.mark.parametrize(
    ("part", "value", "code", "field"),
    [
        ("name", " ", "required", "recipient_name"),
        ("name", "长" * 61, "too_long", "recipient_name"),
        ("phone", "", "required", "phone"),
        ("phone", "123", "phone", "phone"),
        ("phone", "0571-88888888", "phone_not_mobile", "phone"),
        ("province", "", "required", "province"),
        ("city", "", "required", "city"),
        ("county", "", "required", "county"),
        ("county", "玄武区", "no_such_place", "county"),
        ("street", "", "required", "street"),
        ("street", "长" * 201, "too_long", "street"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(part: str, value: str, code: str, field: str) -> None:
    user = make_user()
    first = save_address(owner_id=user.pk, recipient=at(1))
    wrong: dict[str, Any] = {part: value}
    for write in (
        lambda: save_address(owner_id=user.pk, recipient=replace(RECIPIENT, **wrong)),
        lambda: change_address(owner_id=user.pk, address_id=first.pk, recipient=replace(RECIPIENT, **wrong)),
    ):
        with pytest.raises(AddressRefused) as refused:
            write()
        assert (refused.value.code, refused.value.field) == (code, field)
    assert kept(user) == [("市心中路1号", True)]


def test_another_persons_address_is_out_of_reach() -> None:
    user, other = make_user(), other_person()
    theirs = save_address(owner_id=other.pk, recipient=at(1))
    remove_address(owner_id=user.pk, address_id=theirs.pk)
    with pytest.raises(SavedAddress.DoesNotExist):
        make_default(owner_id=user.pk, address_id=theirs.pk)
    with pytest.raises(SavedAddress.DoesNotExist):
        change_address(owner_id=user.pk, address_id=theirs.pk, recipient=at(2))
    assert kept(other) == [("市心中路1号", True)]
    assert kept(user) == []
    assert [addresses(scope).count() for scope in (NOTHING, SYSTEM)] == [0, 0]
