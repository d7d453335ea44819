"""The goods as pages show them, kept in each process, and read anew as soon as any of their rows changes.

A trigger on every table that the shelf is made of adds a row with a random mark to CatalogueChange; the sum
of the marks names a state of the catalogue. It is asked for at every use, in one query, so a page never
shows goods or prices that are no longer so. Stock changes with every sale and is never kept.

Of every product a process keeps an entry of a few hundred bytes, by which lists are sorted, filtered and counted;
what pages show of it is read when it is asked for, and kept of MOST_GOODS. A smaller catalogue is read at once.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from django.db import connection
from oscar.apps.partner.models import StockRecord

from shop.listings.models import Certification, Listing
from shop.listings.pictures import PictureUrls
from shop.listings.selectors.cards import (
    NOTHING_LEFT,
    CardRow,
    ProductCard,
    Standing,
    as_it_stands,
    card_of,
    card_rows,
    pictures_by_product,
    sells,
)
from shop.listings.selectors.categories import CategoryNode, category_names, read_category_tree
from shop.regions.models import PartnerRegion

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
State = tuple[int, int]
#: Entries that one shelf remembers, two for most products; what is remembered is small, and a full memory is emptied.
_MOST_REMEMBERED = 4000
#: Lists that one shelf keeps, each as long as the catalogue at most, and what they may hold together.
_MOST_LISTS, _LEAST_LISTS, _MOST_LISTED = 200, 8, 1_000_000
#: Sets of products that one shelf keeps: of a hundred thousand goods each takes 13 kB at most.
_MOST_SETS = 1000
#: Of so many products a process keeps what pages show.
MOST_GOODS = 3000
#: Written out, because every page of goods asks these two and the words of the ORM cost more than the answers.
_STATE = "SELECT COUNT(*), COALESCE(SUM(mark), 0) FROM listings_cataloguechange"
#: What is left of some products and what buyers think of them.
_STANDING = """
SELECT stock.product_id, SUM(COALESCE(num_in_stock, 0) - COALESCE(num_allocated, 0)),
    COALESCE(MAX(rating.reviews), 0), COALESCE(MAX(rating.tenths), 0), COALESCE(MAX(rating.version), 0)
FROM partner_stockrecord stock LEFT JOIN listings_rating rating ON rating.product_id = stock.product_id
WHERE stock.product_id IN ({marks}) GROUP BY stock.product_id
"""
#: Before it: the state, as the product 0 that there is not.
_STATE_FIRST = "SELECT 0, COUNT(*), COALESCE(SUM(mark), 0), 0, 0 FROM listings_cataloguechange UNION ALL"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a product is listed by. `family` is the same for the packings of the same goods of a supplier."""

    product_id: int
    listing_id: int
    position: int
    price_fen: int
    created_at: float
    on_sale: bool
    has_record: bool
    category_slug: str
    region_slug: str
    supplier_code: str
    certifications: frozenset[str]
    family: int


@dataclass(frozen=True, slots=True)
class Goods:
    """A product on the shelf; `card` shows no stock."""

    card: ProductCard
    vat_percent: int
    on_sale: bool
    certifications: frozenset[str]
    pictures: tuple[PictureUrls, ...]


class GoodsByProduct(Mapping[int, Goods]):
    """The goods of the entries: those read last are kept, the others are read when they are asked for."""

    def __init__(self, entries: Mapping[int, Entry], read: dict[int, Goods]) -> None:
        self._entries, self._read, self._writing = entries, read, threading.Lock()

    def __getitem__(self, product_id: int) -> Goods:
        return self.take([product_id])[product_id]

    def __contains__(self, product_id: object) -> bool:
        return product_id in self._entries

    def __iter__(self) -> Iterator[int]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def take(self, product_ids: Iterable[int]) -> dict[int, Goods]:
        """Return these of the goods, in this order; two queries for those that are not at hand."""
        wanted = [pk for pk in dict.fromkeys(product_ids) if pk in self._entries]
        found = {pk: goods for pk in wanted if (goods := self._read.get(pk)) is not None}
        if len(found) == len(wanted):
            return found
        missing = [pk for pk in wanted if pk not in found]
        new = _read_goods(self._entries, missing)
        with self._writing:
            for pk in list(islice(self._read, max(0, len(self._read) + len(new) - MOST_GOODS))):
                del self._read[pk]
            self._read.update(islice(new.items(), MOST_GOODS))
        found |= new
        return {pk: found[pk] for pk in wanted if pk in found}


@dataclass(frozen=True)
class Shelf:
    """Every listing by product, those on sale in the shop's order, and the names of what they are sorted by."""

    state: State
    entries: Mapping[int, Entry]
    goods: GoodsByProduct
    on_sale: tuple[Entry, ...]
    regions: Mapping[str, str]
    certifications: Mapping[str, Certification]
    categories: tuple[CategoryNode, ...]
    category_names: Mapping[str, str]
    #: What is in stock in several places.
    several: frozenset[int] = frozenset()
    _remembered: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    _lists: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    _sets: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for the key from catalogue rows alone; it is forgotten with the shelf."""
        return _looked_up(self._remembered, _MOST_REMEMBERED, key, make)

    def remember_each(
        self, kind: str, keys: Collection[K], make: Callable[[Collection[K]], Mapping[K, T]]
    ) -> dict[K, T]:
        """As `remember`, for one thing of a kind per key: those not known yet are made together, by one call.

        A key for which `make` has nothing is absent, and asked for again the next time.
        """
        return _each(self._remembered, _MOST_REMEMBERED, kind, keys, make)

    def retain(self, key: Hashable, make: Callable[[], T]) -> T:
        """As `remember`, for sets of products: fewer are kept."""
        return _looked_up(self._sets, _MOST_SETS, key, make)

    def retain_each(
        self, kind: str, keys: Collection[K], make: Callable[[Collection[K]], Mapping[K, T]]
    ) -> dict[K, T]:
        """As `remember_each`, for sets of products."""
        return _each(self._sets, _MOST_SETS, kind, keys, make)

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """As `remember`, for what may be as long as the catalogue: fewer are kept, and of a long one very few."""
        most = min(_MOST_LISTS, max(_LEAST_LISTS, _MOST_LISTED // (len(self.entries) + 1)))
        return _looked_up(self._lists, most, key, make)


def _looked_up(memory: dict[Hashable, Any], most: int, key: Hashable, make: Callable[[], T]) -> T:
    try:
        found: T = memory[key]
    except KeyError:
        found = make()
        _keep(memory, most, key, found)
    return found


def _each(
    memory: dict[Hashable, Any],
    most: int,
    kind: str,
    keys: Collection[K],
    make: Callable[[Collection[K]], Mapping[K, T]],
) -> dict[K, T]:
    nothing = object()  # Another thread may empty the memory between two looks.
    looked = ((key, memory.get((kind, key), nothing)) for key in keys)
    known: dict[K, T] = {key: value for key, value in looked if value is not nothing}
    if missing := [key for key in keys if key not in known]:
        made = make(missing)
        for key, value in made.items():
            _keep(memory, most, (kind, key), value)
        known |= made
    return known


def _keep(memory: dict[Hashable, Any], most: int, key: Hashable, value: object) -> None:
    if len(memory) >= most:
        memory.clear()
    memory[key] = value


_kept: Shelf | None = None
_reading = threading.Lock()


def current_shelf() -> Shelf:
    """Return the shelf as it stands now. One query, and about six more after a change; ask once per page."""
    return _shelf_of(_state())


def current_shelf_and_standing(
    ids_of: Callable[[Shelf], Collection[int]],
) -> tuple[Shelf, Mapping[int, Standing]]:
    """Return the shelf, and how the products stand that `ids_of` names on it. One query for both.

    After a change of the catalogue it is asked again, of the new shelf, and what is left is read anew.
    """
    kept = _kept
    state, standing = _state_and_standing(ids_of(kept) if kept else ())
    shelf = _shelf_of(state)
    return (shelf, standing) if shelf is kept else (shelf, standing_of(ids_of(shelf)))


def _shelf_of(state: State) -> Shelf:
    global _kept  # noqa: PLW0603 - the one place where a process keeps its shelf
    shelf = _kept
    if shelf is not None and shelf.state == state:
        return shelf
    with _reading:
        # Another thread may have read it meanwhile. The state is taken before the rows: a change in between
        # leaves rows that are newer than their name, and the next look reads again.
        if _kept is None or _kept.state != (state := _state()):
            _kept = _read(state)
        return _kept


def product_cards(
    product_ids: Sequence[int],
    shelf: Shelf | None = None,
    dress: Callable[[ProductCard], ProductCard] = lambda card: card,
    standing: Mapping[int, Standing] | None = None,
) -> list[ProductCard]:
    """Return the cards of these products in the order asked for; one without a listing is left out.

    Withdrawn products have a card too (`is_available` false), for baskets and orders. `dress` is given the
    card without stock. `standing` is how they stand, where the caller knows. Two queries at most, and two more
    for goods that are not at hand.
    """
    known = (shelf or current_shelf()).goods.take(product_ids)
    standing = standing_of(known) if standing is None else standing
    return [
        as_it_stands(dress(goods.card), standing.get(pk, NOTHING_LEFT), on_sale=goods.on_sale)
        for pk, goods in known.items()
    ]


def category_tree(shelf: Shelf | None = None) -> list[CategoryNode]:
    """Return the public categories of both levels in their order."""
    return list((shelf or current_shelf()).categories)


def category_by_pk(pk: int, shelf: Shelf | None = None) -> CategoryNode | None:
    """Return one public category, or None."""
    shelf = shelf or current_shelf()
    return shelf.remember(("categories", "pk"), lambda: _by_pk(shelf.categories)).get(pk)


def _by_pk(nodes: Sequence[CategoryNode]) -> dict[int, CategoryNode]:
    found = {node.pk: node for node in nodes}
    for node in nodes:
        found |= _by_pk(node.children)
    return found


def standing_of(product_ids: Collection[int]) -> dict[int, Standing]:
    """Return how each product stands, for display. One query."""
    return _standing(_STANDING, product_ids) if product_ids else {}


def _state_and_standing(product_ids: Collection[int]) -> tuple[State, dict[int, Standing]]:
    if not product_ids:
        return _state(), {}
    rows = _standing(f"{_STATE_FIRST} {_STANDING}", product_ids)
    count, marks, *_nothing = rows.pop(0)
    return (count, marks), rows


def _standing(sql: str, product_ids: Collection[int]) -> dict[int, Standing]:
    marks = ", ".join(["%s"] * len(product_ids))
    with connection.cursor() as cursor:
        cursor.execute(sql.format(marks=marks), list(product_ids))
        return {product_id: Standing(*map(int, figures)) for product_id, *figures in cursor.fetchall()}


def _state() -> State:
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        count, marks = cursor.fetchone()
    return int(count), int(marks)


def _read(state: State) -> Shelf:
    through = Certification.products.through.objects.values_list("product_id", "certification__code")
    codes: dict[int, set[str]] = {}
    for product_id, code in through.iterator():
        codes.setdefault(product_id, set()).add(code)
    recorded = Counter(StockRecord.objects.values_list("product_id", flat=True))
    entries = {
        row[0]: _entry(row, recorded, codes)
        for row in Listing.objects.order_by("position", "pk").values_list(*_COLUMNS).iterator()
    }
    read: dict[int, Goods] = {}
    if len(entries) <= MOST_GOODS:
        read = _read_goods(entries)
    return Shelf(
        state=state,
        entries=entries,
        goods=GoodsByProduct(entries, read),
        on_sale=tuple(one for one in entries.values() if one.on_sale),
        regions=dict(PartnerRegion.objects.values_list("slug", "short_zh")),
        certifications={row.code: row for row in Certification.objects.order_by("pk")},
        categories=tuple(read_category_tree()),
        category_names=category_names(),
        several=frozenset(pk for pk, records in recorded.items() if records > 1),
    )


_COLUMNS = (
    *("product_id", "pk", "position", "price_fen", "product__date_created", "name_zh"),
    *("category_slug", "product__origin__region__slug", "supplier__code"),
    *("state", "product__is_public", "supplier__state"),
)
#: Most products have none, and each set is there once.
_SETS: dict[frozenset[str], frozenset[str]] = {}


def _entry(row: Sequence[Any], recorded: Collection[int], codes: Mapping[int, Collection[str]]) -> Entry:
    product_id, listing_id, position, price_fen, created_at, name, *words, state, is_public, standing = row
    # Of a word that thousands of products have there is one in the process.
    category, region, supplier = (sys.intern(word or "") for word in words)
    certified = frozenset(codes.get(product_id, ()))
    return Entry(
        product_id=product_id,
        listing_id=listing_id,
        position=position,
        price_fen=price_fen,
        created_at=created_at.timestamp(),
        on_sale=sells(state=state, is_public=is_public, supplier_state=standing),
        has_record=product_id in recorded,
        category_slug=category,
        region_slug=region,
        supplier_code=supplier,
        certifications=_SETS.setdefault(certified, certified),
        # What follows a space names the packing.
        family=hash((name.split(" ")[0], supplier, category)),
    )


def _read_goods(entries: Mapping[int, Entry], product_ids: Collection[int] | None = None) -> dict[int, Goods]:
    """Read these of the goods that have an entry, or all of them. Two queries."""
    pictures = pictures_by_product(product_ids)
    return {
        row.product_id: _goods(row, entries[row.product_id], pictures.get(row.product_id, ()))
        for row in card_rows(product_ids)
        if row.product_id in entries
    }


def _goods(row: CardRow, entry: Entry, pictures: tuple[PictureUrls, ...]) -> Goods:
    return Goods(
        card=card_of(row, pictures),
        vat_percent=row.vat_percent,
        on_sale=sells(state=row.state, is_public=row.is_public, supplier_state=row.supplier_state),
        certifications=entry.certifications,
        pictures=pictures,
    )
