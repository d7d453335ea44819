"""A product's page as a draft would have it, before anything of it is on sale."""

import datetime as dt
from collections.abc import Sequence

from shop.listings.draft_fields import label_of, listing_draft, lots_of
from shop.listings.drafts import ListingDraft
from shop.listings.models import ClaimState, Listing, ProductOrigin
from shop.listings.pictures import WIDTH, PictureUrls
from shop.listings.selectors.cards import ProductCard
from shop.listings.selectors.detail import ProductDetail, Variant, category_path
from shop.listings.selectors.shelf import Shelf
from shop.listings.supplier_models import ProductDraft
from shop.listings.unit_price import counted, unit_price
from shop.regions.models import PartnerRegion, Township
from shop.regions.selectors import active_pairing


def draft_detail(
    draft: ProductDraft, pictures: Sequence[PictureUrls], on: dt.date, shelf: Shelf
) -> ProductDetail:
    """Return what the page would say of a complete draft; nothing is stored. Its pictures are the caller's.

    A version of a product keeps what the draft does not say: price, certificates, pictures where it has no photos.
    """
    region = draft.listing.product.origin.region if draft.listing else draft.supplier.region
    wanted = listing_draft(
        draft, sku=draft.listing.sku if draft.listing else "", region_slug=region.slug, position=0
    )
    known = shelf.goods.get(draft.listing.product_id) if draft.listing else None
    shown = tuple(pictures) or (known.pictures if known else ())
    card = _card(draft, wanted, region, shown)
    return ProductDetail(
        card=card,
        listing=Listing(
            product_id=draft.listing.product_id if draft.listing else 0,
            category_slug=wanted.category_slug,
            gross_weight_g=wanted.gross_weight_g,
            return_rule=wanted.return_rule,
        ),
        supplier=draft.supplier,
        origin=ProductOrigin(
            region=region,
            township=Township(region=region, name_zh=wanted.origin.township_zh)
            if wanted.origin.township_zh
            else None,
            claim_state=ClaimState(wanted.origin.claim_state),
            verified_on=wanted.origin.verified_on,
            valid_until=wanted.origin.valid_until,
        ),
        label=label_of(draft),
        description_zh=wanted.description_zh,
        description_en=wanted.description_en,
        is_published=True,
        pairing=active_pairing(region.pk, on),
        pictures=shown,
        tiers=(),
        certifications=tuple(
            row for code, row in shelf.certifications.items() if code in wanted.certification_codes
        ),
        categories=category_path(wanted.category_slug, shelf),
        variants=(Variant(card, is_current=True),),
    )


def _card(
    draft: ProductDraft, wanted: ListingDraft, region: PartnerRegion, pictures: Sequence[PictureUrls]
) -> ProductCard:
    pieces = counted(wanted.spec)
    per_unit = unit_price(
        price_fen=wanted.price_fen,
        spec=wanted.spec,
        pieces=pieces[0] if pieces else None,
        net_weight_g=wanted.net_weight_g,
        label_class=wanted.label.label_class,
    )
    image = pictures[0] if pictures else None
    units = sum(lot.units for lot in lots_of(draft))
    return ProductCard(
        product_id=draft.listing.product_id if draft.listing else 0,
        sku=wanted.sku,
        title=wanted.name_zh,
        title_en=wanted.name_en,
        url="",
        image_url=image.large if image else None,
        image_url_small=image.small if image else None,
        image_thumb_url=image.thumb if image else None,
        image_width=WIDTH,
        is_illustration=image.illustrative if image else True,
        region_slug=region.slug,
        region_name=region.name_zh,
        region_short=region.short_zh,
        region_seal=region.seal,
        spec=wanted.spec,
        unit=wanted.unit,
        price_fen=wanted.price_fen,
        unit_price_fen=per_unit.fen,
        unit_price_label=per_unit.label,
        stock=units,
        is_available=True,
        is_demo=wanted.demo,
        supplier_code=draft.supplier.code,
        supplier_name=draft.supplier.name_zh,
        supplier_is_sourced=draft.supplier.is_sourced,
        category_slug=wanted.category_slug,
    )
