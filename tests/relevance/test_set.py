"""What the relevance set itself must keep: its size, its goods, and that nobody changes it unseen."""

import hashlib
from collections import Counter

import pytest

from catalog_seed.schema import CategoryRow, ProductRow, SupplierRow, VillageRow
from tests.relevance.goods import COUNT, HERE, goods, seed
from tests.relevance.scoring import NEGATIVE, is_meant, questions

KINDS = (
    "word", "part", "pinyin", "initials", "homophone", "place", "supplier", "mixed", "nothing", "not",
)  # fmt: skip


def test_the_set_is_the_one_that_was_frozen() -> None:
    """Whoever changes it says so: `sha256sum queries.csv articles.csv packs.csv > frozen.sha256`."""
    lines = [line.split() for line in (HERE / "frozen.sha256").read_text(encoding="utf-8").splitlines()]
    assert [name for _, name in lines] == ["queries.csv", "articles.csv", "packs.csv"]
    assert {name: hashlib.sha256((HERE / name).read_bytes()).hexdigest() for _, name in lines} == {
        name: digest for digest, name in lines
    }


def test_it_asks_one_hundred_and_sixty_questions() -> None:
    asked = questions()
    assert len(asked) == len({one.query for one in asked}) == 160
    assert set(KINDS) == {one.kind for one in asked}
    assert sum(one.kind in NEGATIVE for one in asked) >= 40


def test_every_question_says_what_is_right() -> None:
    for one in questions():
        if one.kind == "nothing":
            assert not one.expect and not one.not_expected, one
        elif one.kind == "not":
            assert one.not_expected, one
        else:
            assert one.expect, one


def test_every_product_of_a_question_is_on_the_shelf() -> None:
    own = {row.sku for row in seed().rows("products.csv", ProductRow)}
    for one in questions():
        for word in (*one.expect, *one.not_expected):
            assert word in own if "*" not in word else any(is_meant(word, row) for row in goods()), word
        meant = [row.sku for row in goods() if any(is_meant(word, row) for word in one.expect)]
        refused = [row.sku for row in goods() if any(is_meant(word, row) for word in one.not_expected)]
        assert not set(meant) & set(refused), one


def test_what_must_not_be_found_is_written_nowhere() -> None:
    texts = [
        " ".join(
            (row.name_zh, row.name_en, row.description_zh, row.description_en, row.ingredients, row.producer)
        )
        for row in goods()
    ]
    found = {
        one.query: text
        for one in questions()
        if one.kind == "nothing"
        for text in texts
        if one.query.lower() in text.lower()
    }
    assert not found


def test_the_shelf_holds_two_thousand_products_that_differ() -> None:
    rows = goods()
    own = seed().rows("products.csv", ProductRow)
    assert len(rows) == COUNT
    assert list(rows[: len(own)]) == own
    assert len({row.sku for row in rows}) == COUNT
    assert Counter((row.name_zh, row.spec_zh) for row in rows).most_common(1)[0][1] == 1
    # What the rule makes has a name of its own.
    names = Counter(row.name_zh for row in rows)
    assert all(names[row.name_zh] == 1 for row in rows[len(own) :])


def test_the_rule_makes_goods_of_known_places_and_categories() -> None:
    categories = {row.slug for row in seed().rows("categories.csv", CategoryRow)}
    places = {(row.region_slug, row.township_zh) for row in seed().rows("villages.csv", VillageRow)}
    places |= {(row.region_slug, row.origin_township_zh) for row in seed().rows("products.csv", ProductRow)}
    places |= {(row.region_slug, row.township_zh) for row in seed().rows("suppliers.csv", SupplierRow)}
    for row in goods():
        assert row.category in categories, row.sku
        assert (row.region_slug, row.origin_township_zh) in places or not row.origin_township_zh, row.sku


@pytest.mark.parametrize(
    ("word", "sku", "meant"),
    [
        ("WC-EGG-001", "WC-EGG-001", True),
        ("WC-EGG-001", "WC-EGG-001-03", False),
        ("WC-EGG-001*", "WC-EGG-001-03", True),
        ("WC-EGG-001*礼盒", "WC-EGG-001", False),
        ("WC-*蜂蜜", "WC-HNY-001", True),
        ("LQ-*蜂蜜", "WC-HNY-001", False),
    ],
)
def test_a_word_of_the_set_means_a_product_or_a_family(word: str, sku: str, meant: bool) -> None:
    row = next(row for row in goods() if row.sku == sku)
    assert is_meant(word, row) is meant
