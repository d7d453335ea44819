"""The bench's addresses and sums; nothing here is timed."""

import pytest

from bench.addresses import Goods, five_lines, pools, words
from bench.catalogue import base_of, products, rows
from bench.kept_result import Kept, judged_kept, rows_of
from bench.measures import Samples, percentile, ratio, verdict

GOODS = Goods(
    products={row["sku"]: f"/catalogue/{row['sku']}/" for row in products()},
    categories={row["slug"]: f"/catalogue/category/{row['slug']}/" for row in rows("categories.csv")},
)


def test_there_are_a_thousand_addresses_of_every_kind() -> None:
    drawn = pools(GOODS, GOODS)
    for kind in ("list", "category", "search"):
        for paths in (drawn[kind].stock, drawn[kind].ours):
            assert len(set(paths)) == len(paths) >= 1000, kind
    assert len(set(drawn["product"].ours)) == 2200
    assert {base_of(sku) for sku in GOODS.products} == {row["sku"] for row in rows("products.csv")}


def test_the_same_seed_draws_the_same_addresses() -> None:
    assert pools(GOODS, GOODS) == pools(GOODS, GOODS)
    assert pools(GOODS, GOODS, seed=1)["list"].ours != pools(GOODS, GOODS)["list"].ours


def test_the_words_are_whole_words_of_names() -> None:
    names = " ".join(row["name_zh"] for row in products())
    assert len(words()) > 200
    assert all(word in names for word in words())


def test_five_lines_come_from_three_suppliers() -> None:
    supplier = {row["sku"]: row["supplier_key"] for row in products()}
    lines = five_lines(products())
    assert len(set(lines)) == 5
    assert len({supplier[sku] for sku in lines}) == 3


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (95, 4.0), (99, 4.0), (1, 1.0)])
def test_a_percentile_is_a_value_that_was_seen(percent: float, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == value


def test_a_rate_is_the_median_of_the_blocks() -> None:
    samples = Samples()
    for good, seconds in ((10, 1.0), (40, 2.0), (90, 3.0)):
        block = Samples(seconds=seconds, latencies=[0.1] * good)
        block.outcomes["ok"] = good
        block.outcomes["status 500"] = 1
        samples.add(block)
    assert (samples.rate, samples.good, samples.outcomes["status 500"]) == (20.0, 140, 3)
    assert ratio(samples, Samples()) == 0.0
    assert ratio(samples, samples) == 1.0


def test_a_bar_is_reached_or_not_or_there_is_none() -> None:
    assert [verdict(2.0, 2.0), verdict(1.9, 2.0), verdict(1.0, None)] == ["pass", "FAIL", "-"]


def test_kept_pages_are_judged_by_the_bare_view_and_by_stock() -> None:
    rates = {"list": (760.0, 1500.0, 7.0), "product": (700.0, 1500.0, 40.0)}
    found: dict[str, Kept] = {}
    cold: dict[str, dict[str, Samples]] = {}
    for kind, (ours, bare, stock) in rates.items():
        found[kind] = Kept(addresses=1000, hits=990, looks=1000)
        found[kind].ours.block_rates, found[kind].bare.block_rates = [ours], [bare]
        cold[kind] = {"stock": Samples(block_rates=[stock])}
    assert judged_kept(found, cold) == [
        ("Kept list ≥ 50% of a bare view", "51%", True),
        ("Kept product ≥ 50% of a bare view", "47%", False),
        ("Kept list ≥ 100 × stock's", "109 ×", True),
        ("Kept product ≥ 20 × stock's", "18 ×", False),
    ]
    assert [row[3] for row in rows_of(found, cold)] == ["99.0%", "99.0%"]
    assert judged_kept({}, {}) == []
