"""A product as a card shows it."""

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse

from shop.listings.models import Listing, ListingState, ProductPicture
from shop.listings.pictures import WIDTH, PictureUrls, urls_of_files
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


class CardRow(NamedTuple):
    """What is stored of a listing and shown on its card."""

    product_id: int
    slug: str
    is_public: bool | None
    state: str
    sku: str
    name_zh: str
    name_en: str
    spec: str
    unit: str
    pieces: int | None
    net_weight_g: int | None
    label_class: str
    price_fen: int
    vat_percent: int
    demo: bool
    category_slug: str
    region_slug: str
    region_zh: str
    region_short: str
    region_seal: str
    supplier_code: str
    supplier_zh: str
    supplier_is_sourced: bool
    supplier_state: str


#: In the order of CardRow. Rows and not models: six models for each of two dozen goods took longer than their query.
_COLUMNS = (
    *(
        "product_id",
        "product__slug",
        "product__is_public",
        "state",
        "sku",
        "name_zh",
        "name_en",
        "spec",
        "unit",
    ),
    *(
        "pieces",
        "net_weight_g",
        "product__label__label_class",
        "price_fen",
        "vat_percent",
        "demo",
        "category_slug",
    ),
    *(f"product__origin__region__{name}" for name in ("slug", "name_zh", "short_zh", "seal")),
    *(f"supplier__{name}" for name in ("code", "name_zh", "is_sourced", "state")),
)


def card_rows(product_ids: Collection[int] | None = None) -> Iterator[CardRow]:
    """Yield the rows of these products, of all when none are named, in the shop's order. One query."""
    rows = Listing.objects.order_by("position", "pk").values_list(*_COLUMNS)
    if product_ids is not None:
        rows = rows.filter(product__in=product_ids)
    return map(CardRow._make, rows)


def pictures_by_product(product_ids: Collection[int] | None = None) -> dict[int, tuple[PictureUrls, ...]]:
    """Return the pictures that are made, in their order, of these products or of all. One query."""
    rows = ProductPicture.objects.exclude(ready_at=None).order_by("position")
    if product_ids is not None:
        rows = rows.filter(product__in=product_ids)
    found: dict[int, tuple[PictureUrls, ...]] = {}
    for product_id, key, illustrative in rows.values_list("product_id", "key", "illustrative"):
        found[product_id] = (*found.get(product_id, ()), urls_of_files(key, illustrative=illustrative))
    return found


def card_of(row: CardRow, pictures: Sequence[PictureUrls]) -> ProductCard:
    """Return the card, with nothing in stock; no query."""
    image = pictures[0] if pictures else None
    per_unit = unit_price(
        price_fen=row.price_fen,
        spec=row.spec,
        pieces=row.pieces,
        net_weight_g=row.net_weight_g,
        label_class=row.label_class,
    )
    return ProductCard(
        product_id=row.product_id,
        sku=row.sku,
        title=row.name_zh,
        title_en=row.name_en,
        url=reverse("catalogue:detail", kwargs={"product_slug": row.slug, "pk": row.product_id}),
        image_url=image.large if image else None,
        image_url_small=image.small if image else None,
        image_thumb_url=image.thumb if image else None,
        image_width=WIDTH,
        is_illustration=image.illustrative if image else False,
        region_slug=row.region_slug,
        region_name=row.region_zh,
        region_short=row.region_short,
        region_seal=row.region_seal,
        spec=row.spec,
        unit=row.unit,
        price_fen=row.price_fen,
        unit_price_fen=per_unit.fen,
        unit_price_label=per_unit.label,
        stock=0,
        is_available=False,
        is_demo=row.demo,
        supplier_code=row.supplier_code,
        supplier_name=row.supplier_zh,
        supplier_is_sourced=row.supplier_is_sourced,
        category_slug=row.category_slug,
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
