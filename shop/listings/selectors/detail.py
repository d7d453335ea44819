"""Everything that a product's own page says."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from shop.listings.models import (
    Certification,
    FoodLabel,
    Listing,
    ListingState,
    ProductOrigin,
    ReturnRule,
)
from shop.listings.pictures import PictureUrls, picture_urls
from shop.listings.selectors.cards import ProductCard, card_of, carded_listings, is_on_sale
from shop.listings.selectors.categories import CategoryNode, category_tree
from shop.listings.selectors.prices import Tier, tiers_of
from shop.regions.models import Pairing
from shop.regions.selectors import active_pairing
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
    return_rule: ReturnRule


def product_detail(product_id: int, on: dt.date) -> ProductDetail | None:
    """Return what the page of a product says on that day, or None when it has no listing. Ten queries."""
    certificates = Prefetch("product__certifications", queryset=Certification.objects.order_by("pk"))
    rows = carded_listings().select_related(
        "product__origin__township", "supplier__region", "supplier__township"
    )
    listing = rows.prefetch_related(certificates).filter(product_id=product_id).first()
    if listing is None:
        return None
    product = listing.product
    pictures = [urls for urls in map(picture_urls, product.pictures.all()) if urls is not None]
    return ProductDetail(
        card=card_of(listing),
        listing=listing,
        supplier=listing.supplier,
        origin=product.origin,
        label=product.label,
        description_zh=product.description,
        description_en=listing.description_en,
        is_published=is_on_sale(listing),
        pairing=active_pairing(product.origin.region_id, on),
        pictures=tuple(pictures),
        tiers=tuple(tiers_of([product.pk], on).get(product.pk, [])),
        certifications=tuple(product.certifications.all()),
        categories=_path(listing.category_slug),
        variants=_variants(listing),
        return_rule=ReturnRule(listing.return_rule),
    )


def _path(slug: str) -> tuple[CategoryNode, ...]:
    path: list[CategoryNode] = []
    nodes = category_tree()
    while nodes:
        inner = next((node for node in nodes if f"{slug}/".startswith(f"{node.slug}/")), None)
        if inner is None:
            break
        path.append(inner)
        nodes = list(inner.children)
    return tuple(path)


def _variants(listing: Listing) -> tuple[Variant, ...]:
    """Return the supplier's goods of the same name in the same category: what follows a space names the packing."""
    family = listing.name_zh.split(" ")[0]
    same = carded_listings().filter(
        Q(name_zh=family) | Q(name_zh__startswith=f"{family} "),
        supplier_id=listing.supplier_id,
        category_slug=listing.category_slug,
        state=ListingState.PUBLISHED,
        product__is_public=True,
    )
    cards = [card_of(row) for row in same.order_by("position", "pk")[:_MOST_VARIANTS]]
    if all(card.product_id != listing.product_id for card in cards):
        cards.insert(0, card_of(listing))
    return tuple(Variant(card, card.product_id == listing.product_id) for card in cards)
