"""What staff wrote, as the first page and the places' pages show it; the preview of the staff shows the same."""

from typing import Any
from urllib.parse import urlencode

from django.templatetags.static import static
from django.urls import reverse

from shop.listings.models import Listing
from shop.listings.motifs import motif_url
from shop.listings.presentation import in_language
from shop.listings.selectors import Shelf
from shop.listings.selectors.detail import category_path
from shop.regions.content_models import Banner, LinkKind, RegionPage, Story
from shop.regions.content_selectors import Content, read_content
from shop.regions.pictures import wide_picture


def content_of(shelf: Shelf) -> Content:
    """Return what staff wrote, remembered with the shelf: no query until somebody changes it."""
    return shelf.remember("content", read_content)


def hero_of(banner: Banner, shelf: Shelf) -> dict[str, Any]:
    """Return a large banner for shop/storefront/_hero.html."""
    return {
        "kicker": in_language(banner.kicker_zh, banner.kicker_en),
        "title_lines": in_language(banner.title_zh, banner.title_en).splitlines(),
        "text": in_language(banner.text_zh, banner.text_en),
        "url": link_of(banner, shelf) or reverse("catalogue:index"),
        "region_slug": banner.region,
        "image_url": static(f"shop/img/{banner.art}.webp") if banner.art else "",
        "picture": wide_picture(banner),
    }


def promo_of(banner: Banner, shelf: Shelf) -> dict[str, Any] | None:
    """Return a small banner for shop/storefront/_promo.html, or None when what it leads to is gone."""
    url = link_of(banner, shelf)
    if url is None:
        return None
    return {
        "title": in_language(banner.title_zh, banner.title_en),
        "text": in_language(banner.text_zh, banner.text_en),
        "url": url,
        "motif_url": motif_url(banner.link_key if banner.link_kind == LinkKind.CATEGORY else ""),
        "picture": wide_picture(banner),
    }


def story_of(story: Story) -> dict[str, Any]:
    """Return a story for shop/storefront/_story.html and its card on the first page."""
    body = in_language(story.body_zh, story.body_en)
    return {
        "id": story.pk,
        "title": in_language(story.title_zh, story.title_en),
        "body": body,
        "lead": body.strip().split("\n", maxsplit=1)[0],
        "region_slug": story.region.slug,
        "region_name": in_language(story.region.name_zh, story.region.name_en),
        "url": f"{reverse('storefront:region', args=[story.region.slug])}#story-{story.pk}",
        "picture": wide_picture(story),
    }


def texts_of(page: RegionPage | None, blurb: str) -> dict[str, Any]:
    """Return the texts of a place's page; its own introduction stands where staff wrote none."""
    if page is None:
        return {"intro": blurb, "story": "", "picture": None}
    return {
        "intro": in_language(page.intro_zh, page.intro_en) or blurb,
        "story": in_language(page.story_zh, page.story_en),
        "picture": wide_picture(page),
    }


def link_of(banner: Banner, shelf: Shelf) -> str | None:
    """Return the local address that a banner leads to, None when that is gone."""
    kind, key = banner.link_kind, banner.link_key
    if kind == LinkKind.REGION:
        return reverse("storefront:region", args=[key]) if key in shelf.regions else None
    if kind == LinkKind.PRODUCT:
        return url_of_sku(key, shelf)
    address: str | None = reverse("catalogue:index")
    if kind == LinkKind.CATEGORY:
        path = category_path(key, shelf)
        if path and path[-1].slug == key:
            address = path[-1].url
        elif not banner.link_region:
            return None
    query = urlencode({"region": banner.link_region}) if banner.link_region in shelf.regions else ""
    return f"{address}?{query}" if query else address


def url_of_sku(sku: str, shelf: Shelf) -> str | None:
    """Return the address of goods on sale by their SKU, remembered with the shelf, or None."""
    return shelf.remember(("sku", sku), lambda: _url_of_sku(sku, shelf))


def _url_of_sku(sku: str, shelf: Shelf) -> str | None:
    product_id = Listing.objects.filter(sku=sku).values_list("product_id", flat=True).first()
    goods = shelf.goods.get(product_id) if product_id is not None else None
    return goods.card.url if goods is not None and goods.on_sale else None
