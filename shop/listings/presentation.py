"""Goods as pages show them: in the visitor's language, and with a drawing while no picture is made."""

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import islice
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shop.listings.label_words import english_label
from shop.listings.models import Listing, ProductPicture, ReturnRule
from shop.listings.motifs import motif_url
from shop.listings.pack_words import english_pack, english_unit
from shop.listings.pictures import picture_urls
from shop.listings.selectors import (
    MOST_GOODS,
    CategoryNode,
    ProductCard,
    Shelf,
    Standing,
    current_shelf,
    current_shelf_and_standing,
    product_cards,
    sold_out,
)
from shop.regions.models import PartnerRegion

#: Schemes of certificates as the sources write them, in the visitor's language.
SCHEMES: Mapping[str, Promise] = MappingProxyType(
    {
        "national GI product": _("national geographical indication"),
        "area title, not a product label": _("title of an area, not of a product"),
        "national list of famous, special, excellent and new farm products": _(
            "national list of famous, special, excellent and new farm products"
        ),
        "agricultural GI and certification mark": _(
            "agricultural geographical indication, certification mark"
        ),
    }
)
RETURN_NAMES: Mapping[str, Promise] = MappingProxyType(
    {
        ReturnRule.SEVEN_DAYS: _("Seven-day return"),
        ReturnRule.NO_RETURN_FRESH: _("Fresh goods: no return without cause"),
        ReturnRule.NO_RETURN_COLD_CHAIN: _("Cold-chain goods: no return without cause"),
        ReturnRule.CUSTOMISED: _("Made to order: no return without cause"),
    }
)


def is_english() -> bool:
    """Say whether the page is in English."""
    return (get_language() or "").startswith("en")


def in_language(zh: str, en: str) -> str:
    """Return the English text on an English page when there is one, else the Chinese."""
    return en if en and is_english() else zh


def pack_name(pack: str) -> str:
    """Return a pack in the visitor's language where its words are known: 500g/袋, 500g/bag."""
    return (english_pack(pack) or pack) if is_english() else pack


def unit_name(word: str, count: int = 1) -> str:
    """Return a measure word for that many in the visitor's language where it is known."""
    return in_language(word, english_unit(word, count))


def label_text(text: str) -> str:
    """Return what a label says in the visitor's language where it is in set words."""
    return in_language(text, english_label(text))


def english_regions(shelf: Shelf) -> Mapping[str, str]:
    """Return the short English names of the regions by slug, none on a Chinese page. One query after a change."""
    if not is_english():
        return {}
    rows = PartnerRegion.objects.values_list("slug", "short_en", "name_en")
    return shelf.remember("english regions", lambda: {slug: short or name for slug, short, name in rows})


def certificate_names(shelf: Shelf) -> Mapping[str, str]:
    """Return the names of the certificates by code in the visitor's language."""
    return {code: in_language(row.name_zh, row.name_en) for code, row in shelf.certifications.items()}


def category_name(node: CategoryNode) -> str:
    """Return the category's name in the visitor's language."""
    return in_language(node.name_zh, node.name_en)


def shelf_and_cards(product_ids: Sequence[int]) -> tuple[Shelf, list[ProductCard]]:
    """Return the shelf, and the cards of these products ready for a template, in the order asked. One query."""
    shelf, standing = current_shelf_and_standing(
        lambda shelf: [pk for pk in product_ids if pk in shelf.goods]
    )
    return shelf, _dressed(product_ids, shelf, standing)


def shown_cards(product_ids: Sequence[int], shelf: Shelf | None = None) -> list[ProductCard]:
    """Return the cards of these products ready for a template, in the order asked. One query."""
    return shelf_and_cards(product_ids)[1] if shelf is None else _dressed(product_ids, shelf)


def _dressed(
    product_ids: Sequence[int], shelf: Shelf, standing: Mapping[int, Standing] | None = None
) -> list[ProductCard]:
    language = get_language()
    dressed: dict[int, ProductCard] = shelf.recall(("shown", language), dict)
    places = english_regions(shelf)

    def dress(card: ProductCard) -> ProductCard:
        found = dressed.get(card.product_id)
        if found is None:
            if len(dressed) >= MOST_GOODS:
                dressed.clear()
            found = dressed[card.product_id] = shown(card, places.get(card.region_slug, ""))
        return found

    return product_cards(product_ids, shelf, dress, standing)


def shown(card: ProductCard, region_name: str = "") -> ProductCard:
    """Return the card in the visitor's language, with a drawing where a picture is missing.

    `region_name` is the place on an English page, empty on a Chinese one.
    """
    drawing = motif_url(card.category_slug)
    return dataclasses.replace(
        card,
        title=in_language(card.title, card.title_en),
        region_name=region_name or card.region_short,
        spec=pack_name(card.spec),
        unit=unit_name(card.unit),
        unit_price_label=unit_name(card.unit_price_label.lstrip("/")),
        image_url=card.image_url or drawing,
        image_url_small=card.image_url_small or drawing,
        image_thumb_url=card.image_thumb_url or drawing,
        is_illustration=card.is_illustration or not card.image_url,
    )


def picture_or_drawing(listing: Listing) -> str:
    """Return the address of a listing's small picture, or of its category's drawing; its pictures are read with it."""
    made = (picture_urls(picture) for picture in listing.product.pictures.all())
    found = next((urls for urls in made if urls is not None), None)
    return found.thumb if found else motif_url(listing.category_slug)


@dataclasses.dataclass(frozen=True)
class ShownPicture:
    """One picture of a product as the shop shows it now; `url` is "" while it is being made."""

    pk: int
    url: str
    is_illustration: bool


def shown_pictures(listing: Listing) -> list[ShownPicture]:
    """Return the pictures of a product in their order. One query."""
    pictures = ProductPicture.objects.filter(product=listing.product_id).order_by("position")
    return [
        ShownPicture(picture.pk, urls.thumb if urls else "", picture.illustrative)
        for picture, urls in ((one, picture_urls(one)) for one in pictures)
    ]


def picked_ids(category_slugs: Sequence[str], count: int, shelf: Shelf | None = None) -> list[int]:
    """Return products of these categories that are in stock, taking turns between categories. Two queries."""
    shelf = shelf or current_shelf()
    gone = sold_out(shelf)
    by_category = shelf.remember("by top category", lambda: _by_top_category(shelf))
    queues = {
        slug: list(islice((pk for pk in by_category.get(slug, ()) if pk not in gone), count))
        for slug in category_slugs
    }
    turns = (queue[turn] for turn in range(count) for queue in queues.values() if turn < len(queue))
    return list(islice(turns, count))


def _by_top_category(shelf: Shelf) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in shelf.on_sale:
        found.setdefault(one.category_slug.split("/")[0], []).append(one.product_id)
    return found
