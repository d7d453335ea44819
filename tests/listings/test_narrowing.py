"""What facets count with sets is what going through all goods would count, and pages show it in order."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.listings.models import Certification
from shop.listings.selectors import browsing
from shop.listings.selectors.filters import BrowseFilters, Sort
from shop.listings.selectors.narrowing import Narrowed
from shop.listings.selectors.sets import Products
from shop.listings.selectors.shelf import Entry, GoodsByProduct, Shelf

CATEGORIES = ("tea", "tea/green-tea", "tea/green", "honey", "")
REGIONS, SUPPLIERS, CODES = ("wangcang", "longquan", "kangding"), ("a", "b"), ("gi", "organic")
BOUNDS = (300, 600)
FEN = st.integers(0, 900)


@st.composite
def goods(draw: st.DrawFn) -> list[Entry]:
    """Draw goods that share few of everything, so that cells hold more than one."""
    rows = st.tuples(
        st.sampled_from(CATEGORIES),
        st.sampled_from(REGIONS),
        st.sampled_from(SUPPLIERS),
        st.frozensets(st.sampled_from(CODES)),
        FEN,
    )
    return [
        Entry(number, number, 0, fen, 0.0, True, True, category, region, supplier, codes, 0)
        for number, (category, region, supplier, codes, fen) in enumerate(draw(st.lists(rows, max_size=40)))
    ]


FILTERS = st.builds(
    BrowseFilters,
    category=st.sampled_from(CATEGORIES),
    regions=st.sampled_from([(), ("wangcang",), ("longquan", "kangding"), ("nowhere",)]),
    supplier=st.sampled_from(["", *SUPPLIERS]),
    certification=st.sampled_from(["", *CODES]),
    min_fen=st.none() | FEN,
    max_fen=st.none() | FEN,
    in_stock=st.booleans(),
)


def left_by(found: list[Entry], asked: BrowseFilters, gone: set[int], without: str = "") -> list[Entry]:
    """Return what passes, product by product."""
    tests: dict[str, Callable[[Entry], bool]] = {
        "category": lambda one: (
            not asked.category or f"{one.category_slug}/".startswith(f"{asked.category}/")
        ),
        "regions": lambda one: not asked.regions or one.region_slug in asked.regions,
        "certification": lambda one: not asked.certification or asked.certification in one.certifications,
        "price": lambda one: (
            (asked.min_fen is None or one.price_fen >= asked.min_fen)
            and (asked.max_fen is None or one.price_fen <= asked.max_fen)
        ),
        "in_stock": lambda one: not asked.in_stock or one.product_id not in gone,
    }
    return [one for one in found if all(test(one) for name, test in tests.items() if name != without)]


def shelf_of(found: list[Entry]) -> Shelf:
    """Return a shelf of these goods, all of them on sale."""
    entries = {one.product_id: one for one in found}
    return Shelf(
        state=(0, 0),
        entries=entries,
        goods=GoodsByProduct(entries, {}),
        on_sale=tuple(found),
        regions=dict.fromkeys(REGIONS, ""),
        certifications={code: Certification(code=code) for code in CODES},
        categories=(),
        category_names=dict.fromkeys(CATEGORIES[:-1], ""),
    )


@given(goods(), FILTERS, st.sets(st.integers(0, 39)), st.none() | st.sets(st.integers(0, 39)).map(frozenset))
def test_sets_count_what_is_there(
    found: list[Entry], asked: BrowseFilters, gone: set[int], answering: frozenset[int] | None
) -> None:
    narrowed = Narrowed(
        shelf_of(found), asked, None if answering is None else Products(answering), Products(gone)
    )
    found = [one for one in found if not asked.supplier or one.supplier_code == asked.supplier]
    found = [one for one in found if answering is None or one.product_id in answering]

    def left(without: str = "") -> list[Entry]:
        return left_by(found, asked, gone, without)

    assert set(narrowed.left()) == {one.product_id for one in left()}
    assert narrowed.regions() == Counter(one.region_slug for one in left("regions"))
    assert narrowed.categories(CATEGORIES[:-1]) == Counter(
        path
        for one in left("category")
        for path in CATEGORIES[:-1]
        if f"{one.category_slug}/".startswith(f"{path}/")
    )
    codes = (code for one in left("certification") for code in one.certifications)
    assert narrowed.certifications() == Counter(codes)
    assert narrowed.in_stock() == sum(one.product_id not in gone for one in left("in_stock"))
    bands = Counter(sum(one.price_fen >= bound for bound in BOUNDS) for one in left("price"))
    assert narrowed.prices(BOUNDS) == [bands[band] for band in range(len(BOUNDS) + 1)]


@pytest.mark.parametrize("sorting", [0, 10**9], ids=["sorted", "picked"])
@given(goods(), FILTERS, st.sampled_from(list(Sort)), st.lists(st.integers(0, 2), min_size=40, max_size=40))
def test_pages_follow_each_other_in_order(
    sorting: int, found: list[Entry], asked: BrowseFilters, sort: Sort, tier_of: list[int]
) -> None:
    asked = replace(asked, sort=sort)
    shelf = shelf_of(found)
    left = Narrowed(shelf, asked).left()
    tiers = [Products([pk for pk in left if tier_of[pk] == number]) for number in range(3)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(browsing, "SORTING", sorting)
        pages = [browsing._part(shelf, asked, tiers, start, start + 7) for start in range(0, 42, 7)]
    wanted = sorted(left, key=lambda pk: (tier_of[pk], browsing._KEYS[sort](shelf.entries[pk])))
    assert [pk for page in pages for pk in page] == wanted
