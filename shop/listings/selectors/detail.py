"""Everything that a product's own page says."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop.listings.models import Certification, FoodLabel, Listing, ProductOrigin
from shop.listings.pictures import PictureUrls
from shop.listings.selectors.cards import ProductCard, Standing, is_on_sale
from shop.listings.selectors.categories import CategoryNode
from shop.listings.selectors.prices import Tier, tiers_on
from shop.listings.selectors.rows import listing_rows, pairings_on
from shop.listings.selectors.shelf import Entry, Shelf, current_shelf_and_standing, product_cards
from shop.regions.models import Pairing
from shop.suppliers.models import Supplier

#: More sizes of the same goods than this are found by search.
_MOST_VARIANTS = 12


@dataclass(frozen=True)
class Variant:
    """Another size or packing of the same goods, for the choice of size; `card` has price and address."""

    card: ProductCard
    is_current: bool


@dataclass(frozen=True)
class ProductDetail:
    """A product with origin, label, prices by quantity, certificates, sizes and its place in the tree.

    `pairing` is the programme that the region belongs to on that day, None when it belongs to none.
    `categories` leads from the top to the product's own. `variants` hold the product itself, in list order.
    """

    card: ProductCard
    listing: Listing
    supplier: Supplier
    origin: ProductOrigin
    label: FoodLabel
    description_zh: str
    description_en: str
    is_published: bool
    pairing: Pairing | None
    pictures: tuple[PictureUrls, ...]
    tiers: tuple[Tier, ...]
    certifications: tuple[Certification, ...]
    categories: tuple[CategoryNode, ...]
    variants: tuple[Variant, ...]


def shelf_and_family(product_id: int) -> tuple[Shelf, Mapping[int, Standing]]:
    """Return the shelf, and the standing of a product and of its other sizes. One query."""
    return current_shelf_and_standing(lambda shelf: _family_ids(product_id, shelf))


def _family_ids(product_id: int, shelf: Shelf) -> list[int]:
    entry = shelf.entries.get(product_id)
    return [] if entry is None else _relatives(entry, shelf)


def product_detail(
    product_id: int, on: dt.date, known: tuple[Shelf, Mapping[int, Standing]] | None = None
) -> ProductDetail | None:
    """Return what the page of a product says on that day, or None when it has no listing.

    `known` is its `shelf_and_family`, where the caller has it: one query. What catalogue rows alone say is
    remembered with the shelf (one to four more).
    """
    shelf, standing = known or shelf_and_family(product_id)
    if product_id not in shelf.entries:
        return None
    said = shelf.remember(("detail", product_id, on), lambda: _read(product_id, on, shelf))
    if said is None:
        return None
    ids = [variant.card.product_id for variant in said.variants]
    cards = {card.product_id: card for card in product_cards(ids, shelf, standing=standing)}
    return dataclasses.replace(
        said,
        card=cards[product_id],
        variants=tuple(Variant(cards[v.card.product_id], v.is_current) for v in said.variants),
    )


def _read(product_id: int, on: dt.date, shelf: Shelf) -> ProductDetail | None:
    """Return everything but what is left; None when the listing has just gone. One query, and two a day."""
    listing = listing_rows([product_id], shelf).get(product_id)
    if listing is None:
        return None
    product, goods = listing.product, shelf.goods[product_id]
    pairings = pairings_on(on, shelf)
    # Of the other sizes too, which the page asks for: together they are one query.
    tiers = tiers_on(shelf, on, _relatives(shelf.entries[product_id], shelf))
    return ProductDetail(
        card=goods.card,
        listing=listing,
        supplier=listing.supplier,
        origin=product.origin,
        label=product.label,
        description_zh=product.description,
        description_en=listing.description_en,
        is_published=is_on_sale(listing),
        pairing=pairings.get(product.origin.region_id),
        pictures=goods.pictures,
        tiers=tuple(tiers.get(product_id, [])),
        certifications=tuple(
            row for code, row in shelf.certifications.items() if code in goods.certifications
        ),
        categories=category_path(listing.category_slug, shelf),
        variants=_variants(shelf.entries[product_id], shelf),
    )


def category_path(slug: str, shelf: Shelf) -> tuple[CategoryNode, ...]:
    """Return the public categories from the top to the one of that path."""
    path: list[CategoryNode] = []
    nodes: Sequence[CategoryNode] = shelf.categories
    while nodes:
        inner = next((node for node in nodes if f"{slug}/".startswith(f"{node.slug}/")), None)
        if inner is None:
            break
        path.append(inner)
        nodes = inner.children
    return tuple(path)


def _relatives(entry: Entry, shelf: Shelf) -> list[int]:
    """Return the supplier's goods on sale of the same name in the same category, and the product itself."""
    families = shelf.remember("families", lambda: _families(shelf))
    same = list(families.get(entry.family, (entry.product_id,)))[:_MOST_VARIANTS]
    return same if entry.product_id in same else [entry.product_id, *same]


def _variants(entry: Entry, shelf: Shelf) -> tuple[Variant, ...]:
    relatives = shelf.goods.take(_relatives(entry, shelf))
    return tuple(Variant(goods.card, pk == entry.product_id) for pk, goods in relatives.items())


def _families(shelf: Shelf) -> dict[int, tuple[int, ...]]:
    """Return the families of more than one, and those whose only one on sale is another's only relative."""
    found: dict[int, list[int]] = {}
    for one in shelf.on_sale:
        found.setdefault(one.family, []).append(one.product_id)
    alone = {one.family for one in shelf.entries.values() if not one.on_sale}
    return {family: tuple(ids) for family, ids in found.items() if len(ids) > 1 or family in alone}
