"""Codes of an authenticator app, as the standard has them."""

import base64

import pytest

from shop.accounts.totp import code_at, matching_steps, new_secret, plain_code, seconds_left

#: The seed of RFC 6238, appendix B.
RFC = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_examples_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(RFC, seconds) == code
    assert list(matching_steps(RFC, code, seconds)) == [seconds // 30]


def test_a_new_secret_has_160_bits_and_is_new() -> None:
    assert len(base64.b32decode(new_secret())) == 20
    assert new_secret() != new_secret()


def test_what_is_typed_is_folded() -> None:
    assert plain_code(" ２８７ 082\t") == "287082"
    assert list(matching_steps(RFC, "茶", 59)) == []


@pytest.mark.parametrize(("seconds", "left"), [(0, 30), (29.9, 1), (30, 30), (45, 15)])
def test_how_long_a_code_is_still_shown(seconds: float, left: int) -> None:
    assert seconds_left(seconds) == left
