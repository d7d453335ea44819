"""What couriers' numbers look like."""

import pytest

from shop.fulfilment.couriers import (
    COURIERS,
    checked_number,
    courier_called,
    courier_of_number,
    plain_number,
)
from shop.fulfilment.exceptions import ShippingError


def test_every_example_is_a_number_of_its_courier() -> None:
    for courier in COURIERS:
        assert checked_number(courier, courier.example) == courier.example
        assert courier_called(courier.code) == courier_called(courier.name) == courier
        assert courier_of_number(courier.example) in (courier, None)


@pytest.mark.parametrize(
    ("name", "typed", "number"),
    [
        ("顺丰", " sf１２３４-5678 90123 ", "SF1234567890123"),
        ("中通", "７８１２３４５６７８９０", "781234567890"),
        ("EMS", "ea123456789cn", "EA123456789CN"),
        ("jd", "JDVA-0012345678-1-1", "JDVA001234567811"),
    ],
)
def test_a_number_is_put_right(name: str, typed: str, number: str) -> None:
    courier = courier_called(name)
    assert courier is not None
    assert plain_number(typed) == checked_number(courier, typed) == number


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("顺丰速运", "SF12345"),
        ("中通快递", "7.81235E+11"),
        ("极兔速递", "SF1234567890123"),
        ("其他快递", "١٢٣٤٥٦٧"),
    ],
)
def test_a_number_of_another_pattern_is_refused_with_an_example(name: str, typed: str) -> None:
    courier = courier_called(name)
    assert courier is not None
    with pytest.raises(ShippingError) as refused:
        checked_number(courier, typed)
    assert (refused.value.code, refused.value.field) == ("number_pattern", "tracking_number")
    assert courier.example in str(refused.value)


def test_digits_that_several_couriers_have_name_none() -> None:
    assert courier_of_number("781234567890") is None
    assert courier_called("骑马") is None
