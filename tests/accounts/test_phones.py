"""What people type, and the number that is stored."""

import pytest

from shop.accounts.phones import masked_phone, normalise_phone, shown_phone
from shop.core.exceptions import ShopError


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "0086 13800138000",
        " １３８００１３８０００ ",
        "＋86（138）00138000",
    ],
)
def test_a_number_as_typed_is_the_number(typed: str) -> None:
    assert normalise_phone(typed) == "+8613800138000"


def test_a_foreign_number_keeps_its_country() -> None:
    assert normalise_phone("+1 415 555 2671") == "+14155552671"


@pytest.mark.parametrize(
    "typed", ["", "12345", "1380013800", "138001380001", "138a0013800b", "+86", "茶", "1" * 300]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ShopError) as refused:
        normalise_phone(typed)
    assert (refused.value.code, refused.value.field) == ("phone_invalid", "phone")


def test_a_landline_is_refused_because_it_takes_no_code() -> None:
    with pytest.raises(ShopError) as refused:
        normalise_phone("0571 8234 5678")
    assert refused.value.code == "phone_not_mobile"


def test_numbers_are_shown_in_groups_and_hidden_in_the_middle() -> None:
    assert shown_phone("+8613800138000") == "138 0013 8000"
    assert shown_phone("+14155552671") == "+14155552671"
    assert masked_phone("+8613800138000") == "138****8000"
    assert masked_phone("+14155552671") == "+141****2671"
    assert masked_phone("12345678") == "****"
