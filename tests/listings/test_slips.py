"""Pinyin with one letter amiss."""

import pytest

from shop.listings.slips import likeliest, slips


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fengmo", "fengmi"),  # a vowel for a vowel
        ("mihoutap", "mihoutao"),  # the key beside it
        ("fnegmi", "fengmi"),  # two exchanged
        ("fegmi", "fengmi"),  # one missing
        ("fenggmi", "fengmi"),  # one too many
        ("fenmi", "fengmi"),  # n for ng
        ("zidou", "zhidou"),
        ("lacang", "lachang"),
        ("lucha", "lvcha"),  # ü is typed as v, or as u
        ("niulou", "niurou"),
    ],
)
def test_one_letter_amiss_is_forgiven(typed: str, meant: str) -> None:
    assert meant in slips(typed)
    assert likeliest(typed, {meant: 1}) == meant


@pytest.mark.parametrize(
    ("typed", "other"), [("danpi", "pidan"), ("danpi", "danji"), ("fenmo", "fengmi"), ("fengmi", "fengmi")]
)
def test_two_letters_or_a_letter_far_away_are_not(typed: str, other: str) -> None:
    assert other not in slips(typed)


def test_what_sounds_alike_comes_before_what_most_have() -> None:
    assert likeliest("fenmi", {"fengmi": 1, "fenmu": 90}) == "fengmi"
    assert likeliest("fengm", {"fengmi": 1, "feng": 90}) == "fengmi"
    assert likeliest("fengmo", {"fengmi": 3, "fengma": 2}) == "fengmi"


def test_what_there_is_as_typed_stays_and_so_does_what_nobody_has() -> None:
    assert likeliest("fengmi", {"fengmi": 1, "fenmi": 90}) == "fengmi"
    assert likeliest("asdfgh", {}) == "asdfgh"
