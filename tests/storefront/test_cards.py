"""A card that is put together from its skeleton is what the template writes of it."""

from dataclasses import replace

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.listings.selectors import ProductCard
from shop.storefront import pieces
from shop.storefront.cards import _card, open_cards
from tests.examples import examples

CARD = ProductCard(
    product_id=7,
    sku="tea-001",
    title="土蜂蜜",
    title_en="Honey",
    url="/goods/7/",
    image_url="/media/7-large.webp",
    image_url_small="/media/7-small.webp",
    image_thumb_url="/media/7-thumb.webp",
    image_width=800,
    is_illustration=True,
    region_slug="wangcang",
    region_name="旺苍县",
    region_short="旺苍",
    region_seal="旺",
    spec="500克/瓶",
    unit="瓶",
    price_fen=6800,
    unit_price_fen=6800,
    unit_price_label="500g",
    stock=3,
    is_available=True,
    is_demo=False,
    supplier_code="wc-01",
    supplier_name="蜂农",
    supplier_is_sourced=True,
    category_slug="honey",
    reviews=2,
    average="4.5",
)
TEXT = st.text(st.sampled_from("土蜂蜜 500克 tea-&<>\"'·{}%"), max_size=12)
ADDRESS = st.text(st.sampled_from("/abc-1?&=%\"'"), max_size=12)
CARDS = st.builds(
    replace,
    st.just(CARD),
    product_id=st.integers(1, 2**40),
    title=TEXT,
    url=ADDRESS,
    image_url=st.none() | ADDRESS,
    image_url_small=st.none() | ADDRESS,
    image_thumb_url=st.none() | ADDRESS,
    image_width=st.sampled_from((400, 800)),
    is_illustration=st.booleans(),
    region_slug=st.sampled_from(("wangcang", "lvyuan", "elsewhere")),
    region_name=TEXT,
    spec=TEXT,
    price_fen=st.integers(0, 10**9),
    unit_price_fen=st.none() | st.integers(0, 10**7),
    unit_price_label=st.sampled_from(("", "500g", "枚", "<只>")),
    is_available=st.booleans(),
    reviews=st.sampled_from((0, 1, 2, 61)),
    average=st.sampled_from(("", "4.5", "5.0")),
)


@pytest.mark.parametrize("kind", ["product_row", "product_card"])
@settings(max_examples=examples(100), deadline=None)
@given(card=CARDS, is_wished=st.booleans(), language=st.sampled_from(("zh-hans", "en")))
def test_the_skeleton_filled_is_what_the_template_writes(
    kind: str, card: ProductCard, is_wished: bool, language: str
) -> None:
    with translation.override(language):
        written = pieces.component(kind, {"card": card, "is_wished": is_wished})
        wished = {card.product_id} if is_wished else set()
        assert open_cards(kind, [card], wished) == written


def test_nothing_of_the_skeleton_is_left_in_a_card() -> None:
    page = open_cards("product_row", [CARD])
    assert (
        page.count(pieces.mark("")) == page.count(pieces.mark("token")) + page.count(pieces.mark("next")) == 4
    )


def test_a_card_of_a_shape_that_was_drawn_asks_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    open_cards("product_row", [CARD])
    _card.cache_clear()
    monkeypatch.setattr(pieces, "render_to_string", None)
    other = replace(CARD, product_id=CARD.product_id + 1, title="山茶油 礼盒")
    assert '山茶油 <span class="nw">礼盒</span>' in open_cards("product_row", [other])
