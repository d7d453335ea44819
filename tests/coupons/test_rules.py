"""What a coupon takes off, to the fen."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.coupons.rules import Goods, Rule


def goods(*amounts: int, supplier: str = "tea", region: str = "wangcang") -> list[Goods]:
    return [Goods(number, supplier, region, fen) for number, fen in enumerate(amounts, start=1)]


FIXED = Rule(kind="fixed", scope="shop", off_fen=1_000, minimum_fen=10_000)


def test_an_amount_off_is_spread_by_largest_remainder() -> None:
    # 10.00 over 33.33, 33.33 and 33.34: 333.3, 333.3 and 333.4.
    assert FIXED.shares(goods(3_333, 3_333, 3_334)) == (333, 333, 334)


def test_one_fen_below_the_minimum_it_takes_nothing_off() -> None:
    assert FIXED.shares(goods(9_999)) == (0,)
    assert FIXED.missing_fen(goods(9_999)) == 1
    assert FIXED.shares(goods(10_000)) == (1_000,)
    assert FIXED.missing_fen(goods(10_000)) == 0


def test_a_percentage_is_rounded_down_and_stops_at_its_cap() -> None:
    rule = Rule(kind="percent", scope="shop", percent=15, cap_fen=3_000)
    assert rule.shares(goods(3_333)) == (499,)
    assert rule.shares(goods(30_000, 10_000)) == (2_250, 750)


def test_only_goods_of_its_scope_count_and_get_cheaper() -> None:
    lines = [*goods(10_000), *goods(5_000, supplier="rice", region="kangding")]
    assert Rule("fixed", "supplier", off_fen=1_000, supplier="tea", minimum_fen=10_000).shares(lines) == (
        1_000,
        0,
    )
    assert Rule("percent", "region", percent=10, cap_fen=9_000, region="kangding").shares(lines) == (0, 500)
    assert Rule("percent", "products", percent=10, cap_fen=9_000, products=frozenset({9})).shares(lines) == (
        0,
        0,
    )


def test_nothing_is_missing_where_no_goods_are_its_own() -> None:
    rule = Rule("fixed", "supplier", off_fen=1_000, supplier="rice", minimum_fen=10_000)
    assert rule.missing_fen(goods(20_000)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(1, 500_000), min_size=1, max_size=20),
    st.one_of(
        st.builds(
            lambda off, more: Rule("fixed", "shop", off_fen=off, minimum_fen=-(-off * 10 // 9) + more),
            st.integers(1, 100_000),
            st.integers(0, 1_000),
        ),
        st.builds(
            lambda percent, cap: Rule("percent", "shop", percent=percent, cap_fen=cap),
            st.integers(1, 90),
            st.integers(1, 100_000),
        ),
    ),
)
def test_whatever_the_lines_every_one_of_them_still_costs_something(amounts: list[int], rule: Rule) -> None:
    lines = goods(*amounts)
    shares = rule.shares(lines)
    assert all(0 <= off < line.fen for off, line in zip(shares, lines, strict=True))
    counting = sum(line.fen for line in lines if line.fen >= 10)
    if counting < rule.minimum_fen:
        assert sum(shares) == 0
    elif rule.kind == "fixed":
        assert sum(shares) == min(rule.off_fen, counting * 9 // 10)
    else:
        assert sum(shares) == min(counting * rule.percent // 100, rule.cap_fen)
