"""The cards of goods in lists, from kept pieces.

Django takes a third of a millisecond for the template of a card, and a page of a large catalogue has two dozen that
no visitor has seen before. So the template is drawn once for each shape of card, with marks for what differs between
two cards of that shape, and for a product only the marks are replaced.
"""

import re
import secrets
from collections.abc import Callable, Container, Iterable
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shop.listings.selectors import ProductCard
from shop.storefront import pieces
from shop.storefront.wording import marked, title_parts, yuan


def open_cards(kind: str, shown: Iterable[ProductCard], wished: Container[int] = frozenset()) -> str:
    """Return product_row or product_card for each card, for a page that is closed later.

    `wished` are the products that the visitor has kept: their hearts are filled.
    """
    language = get_language() or ""
    return b"".join(_card(kind, card, language, card.product_id in wished) for card in shown).decode()


def cards(
    kind: str,
    shown: Iterable[ProductCard],
    *,
    token: str,
    address: str,
    wished: Container[int] = frozenset(),
) -> SafeString:
    """Return product_row or product_card for each card, with the visitor's token and the way back in the forms."""
    return pieces.closed(open_cards(kind, shown, wished), token=token, address=address)


class _Shape(NamedTuple):
    """What the template decides by, or has few of: cards of one shape differ in the holes alone."""

    kind: str
    language: str
    is_wished: bool
    has_image: bool
    has_small_image: bool
    has_thumb: bool
    image_width: int
    is_illustration: bool
    region_slug: str
    has_unit_price: bool
    is_available: bool
    reviews: int


#: What stands in a card of its product alone. A hole is found by what the same function writes of `_blank`.
_HOLES: tuple[Callable[[ProductCard], str], ...] = (
    lambda card: title_parts(card.title),
    lambda card: escape(card.title),
    lambda card: escape(card.url),
    lambda card: escape(card.image_url or ""),
    lambda card: escape(card.image_url_small or ""),
    lambda card: escape(card.image_thumb_url or ""),
    lambda card: marked(card.region_name),
    lambda card: marked(card.spec),
    lambda card: pieces.price(card.price_fen, ""),
    lambda card: yuan(card.unit_price_fen),
    lambda card: marked(card.unit_price_label),
    lambda card: escape(card.average),
    lambda card: str(card.reviews) if card.reviews > 1 else "",
    lambda card: str(card.product_id),
)
#: Numbers that nothing here has: 17 digits are an id's in the shop's addresses, and a sum beyond all trade.
_ID, _FEN, _UNIT_FEN, _MANY = (secrets.randbelow(9 * 10**16) + 10**16 for _ in range(4))


@pieces.keep(2500)
def _card(kind: str, card: ProductCard, language: str, is_wished: bool) -> bytes:
    # Bytes, because a string with Chinese in it takes twice as much, and there is one for every product.
    written, holes = _skeleton(_shape(kind, card, language, is_wished))
    filled = [
        part for hole, text in zip(holes, written[1:], strict=True) for part in (_HOLES[hole](card), text)
    ]
    return "".join([written[0], *filled]).encode()


def _shape(kind: str, card: ProductCard, language: str, is_wished: bool) -> _Shape:
    return _Shape(
        kind,
        language,
        is_wished,
        has_image=bool(card.image_url),
        has_small_image=bool(card.image_url_small),
        has_thumb=bool(card.image_thumb_url),
        image_width=card.image_width,
        is_illustration=card.is_illustration,
        region_slug=card.region_slug,
        has_unit_price=card.unit_price_fen is not None and bool(card.unit_price_label),
        is_available=card.is_available,
        # How many there are is a hole from two on: what is written of one is written differently.
        reviews=min(card.reviews, 2),
    )


@pieces.keep(300)
def _skeleton(shape: _Shape) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return what is written between the holes of such a card, and which holes they are."""
    blank = _blank(shape)
    html = pieces.component(shape.kind, {"card": blank, "is_wished": shape.is_wished})
    holes = {text: number for number, hole in enumerate(_HOLES) if (text := hole(blank))}
    # The longer first: a title in parts begins as the plain one does.
    found = re.compile("|".join(re.escape(text) for text in sorted(holes, key=len, reverse=True)))
    return tuple(found.split(html)), tuple(holes[text] for text in found.findall(html))


def _blank(shape: _Shape) -> ProductCard:
    return ProductCard(
        product_id=_ID,
        sku=pieces.mark("sku"),
        # With a last word, so that a title in parts is written differently from a plain one.
        title=f"{pieces.mark('title')} x",
        title_en=pieces.mark("title-en"),
        url=pieces.mark("url"),
        image_url=pieces.mark("image") if shape.has_image else None,
        image_url_small=pieces.mark("small-image") if shape.has_small_image else None,
        image_thumb_url=pieces.mark("thumb") if shape.has_thumb else None,
        image_width=shape.image_width,
        is_illustration=shape.is_illustration,
        region_slug=shape.region_slug,
        region_name=pieces.mark("region"),
        region_short=pieces.mark("region-short"),
        region_seal=pieces.mark("region-seal"),
        spec=pieces.mark("spec"),
        unit=pieces.mark("unit"),
        price_fen=_FEN,
        unit_price_fen=_UNIT_FEN if shape.has_unit_price else None,
        unit_price_label=pieces.mark("unit-label") if shape.has_unit_price else "",
        stock=0,
        is_available=shape.is_available,
        is_demo=False,
        supplier_code=pieces.mark("supplier-code"),
        supplier_name=pieces.mark("supplier"),
        supplier_is_sourced=False,
        category_slug=pieces.mark("category"),
        reviews=_MANY if shape.reviews > 1 else shape.reviews,
        average=pieces.mark("average") if shape.reviews else "",
    )
