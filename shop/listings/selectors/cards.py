"""A product as a card shows it."""

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet

from shop.listings.models import Listing, ListingState, ProductPicture
from shop.listings.pictures import WIDTH, picture_urls
from shop.listings.unit_price import unit_price
from shop.suppliers.models import SupplierState


@dataclass(frozen=True, slots=True)
class ProductCard:
    """What a card shows; money in fen, tax included. `stock` is for display, never for a decision.

    `image_*` are None until the worker has made the pictures; `unit_price_fen` None: none is shown; `average` is
    that of the reviews with one decimal, "" without any.
    """

    product_id: int
    sku: str
    title: str
    title_en: str
    url: str
    image_url: str | None
    image_url_small: str | None
    image_thumb_url: str | None
    image_width: int
    is_illustration: bool
    region_slug: str
    region_name: str
    region_short: str
    region_seal: str
    spec: str
    unit: str
    price_fen: int
    unit_price_fen: int | None
    unit_price_label: str
    stock: int
    is_available: bool
    is_demo: bool
    supplier_code: str
    supplier_name: str
    supplier_is_sourced: bool
    category_slug: str
    reviews: int = 0
    average: str = ""


def carded_listings() -> QuerySet[Listing]:
    """Return listings with everything that `card_of` reads."""
    return Listing.objects.select_related(
        "product", "product__origin__region", "product__label", "supplier"
    ).prefetch_related(Prefetch("product__pictures", queryset=ProductPicture.objects.order_by("position")))


def card_of(listing: Listing) -> ProductCard:
    """Return the card of a listing from `carded_listings`, with nothing in stock; no query."""
    product = listing.product
    region = product.origin.region
    supplier = listing.supplier
    pictures = [urls for urls in map(picture_urls, product.pictures.all()) if urls is not None]
    image = pictures[0] if pictures else None
    per_unit = unit_price(
        price_fen=listing.price_fen,
        spec=listing.spec,
        pieces=listing.pieces,
        net_weight_g=listing.net_weight_g,
        label_class=product.label.label_class,
    )
    return ProductCard(
        product_id=product.pk,
        sku=listing.sku,
        title=listing.name_zh,
        title_en=listing.name_en,
        url=product.get_absolute_url(),
        image_url=image.large if image else None,
        image_url_small=image.small if image else None,
        image_thumb_url=image.thumb if image else None,
        image_width=WIDTH,
        is_illustration=image.illustrative if image else False,
        region_slug=region.slug,
        region_name=region.name_zh,
        region_short=region.short_zh,
        region_seal=region.seal,
        spec=listing.spec,
        unit=listing.unit,
        price_fen=listing.price_fen,
        unit_price_fen=per_unit.fen,
        unit_price_label=per_unit.label,
        stock=0,
        is_available=False,
        is_demo=listing.demo,
        supplier_code=supplier.code,
        supplier_name=supplier.name_zh,
        supplier_is_sourced=supplier.is_sourced,
        category_slug=listing.category_slug,
    )


class Standing(NamedTuple):
    """What changes with sales and reviews: units left, reviews shown, their average in tenths, and its version."""

    units: int
    reviews: int = 0
    tenths: int = 0
    version: int = 0


NOTHING_LEFT = Standing(0)


def as_it_stands(card: ProductCard, standing: Standing, *, on_sale: bool) -> ProductCard:
    """Return the card with what is left now and what buyers think."""
    units, reviews, tenths, _version = standing
    return dataclasses.replace(
        card,
        stock=units,
        is_available=on_sale and units > 0,
        reviews=reviews,
        average=f"{tenths // 10}.{tenths % 10}" if reviews else "",
    )


def is_on_sale(listing: Listing) -> bool:
    """Say whether the listing is published by a supplier that may sell; its stock is another question."""
    return sells(
        state=listing.state, is_public=listing.product.is_public, supplier_state=listing.supplier.state
    )


def sells(*, state: str, is_public: bool | None, supplier_state: str) -> bool:
    """Say the same of a listing's state, of its product and of its supplier's state."""
    if supplier_state == SupplierState.SUSPENDED:
        return False
    return state == ListingState.PUBLISHED and bool(is_public)
