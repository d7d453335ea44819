"""What the page of one product says."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.keeping import UNITS, Facts
from shop.coupons.rules import Goods
from shop.forks.catalogue.batches import batch_of
from shop.forks.catalogue.product_values import (
    Certificate,
    Contribution,
    OriginRow,
    OriginShown,
    Pack,
    PackLeft,
    Picture,
    Place,
    Promise,
    Province,
    Shown,
)
from shop.forks.catalogue.reports import report_rows
from shop.fulfilment.rules import rule_on
from shop.listings.label_rules import DEMO_NUMBER
from shop.listings.models import ClaimState
from shop.listings.motifs import motif_url
from shop.listings.place_names import (
    full_name,
    parent_name,
    placed_name,
    province_name,
    short_name,
    township_name,
)
from shop.listings.presentation import SCHEMES, in_language, label_text, pack_name, shown, unit_name
from shop.listings.return_terms import terms_of
from shop.listings.selectors import (
    FreightParcel,
    Limit,
    ProductCard,
    ProductDetail,
    Shelf,
    Tier,
    freight_quotes,
    limits_on,
    provinces,
    tiers_on,
)
from shop.ordering.limits import limit_text
from shop.ordering.quote_parts import MAX_UNITS
from shop.reporting.selectors import confirmed_and_target
from shop.suppliers.models import Supplier, SupplierState
from shop.suppliers.selectors import is_admitted

DEFAULT_PROVINCE = "浙江省"


def product_context(request: HttpRequest, detail: ProductDetail, shelf: Shelf) -> dict[str, Any]:
    """Return the context of shop/catalogue/detail.html: beside the stock nothing in it differs from sale to sale."""
    deepest = detail.categories[-1].url if detail.categories else reverse("catalogue:index")
    return {
        "product": _product(detail),
        "in_stock": detail.card.is_available,
        "stock_text": _stock_text(detail),
        "max_quantity": _most(detail.card, shelf),
        "images": _images(detail),
        "region": _place(detail),
        "certifications": tuple(
            Certificate(in_language(row.name_zh, row.name_en)) for row in detail.certifications
        ),
        "variants": _variants(detail, shelf),
        "packs_left": _packs_left(detail, shelf),
        "tiers": detail.tiers,
        "promises": _promises(detail, request.session.get("province") or DEFAULT_PROVINCE, shelf),
        "provinces": tuple(Province(name, province_name(name)) for name in provinces()),
        "contribution": _contribution(detail, shelf),
        "origin": _origin(detail, (*_batch(detail, shelf), *report_rows(detail.card.product_id, shelf))),
        "label_rows": _label_rows(detail),
        "description": in_language(detail.description_zh, detail.description_en),
        "back_url": deepest,
        "add_url": reverse("basket:add", kwargs={"pk": detail.card.product_id}),
        "active_tab": "categories",
        "preview": False,
    }


def facts_of(detail: ProductDetail) -> Facts:
    """Return what the page says that no row of the catalogue holds: what is left."""
    cards = [detail.card, *(variant.card for variant in detail.variants)]
    return {(UNITS, card.product_id): card.stock for card in cards}


def goods_shown(detail: ProductDetail) -> Goods:
    """Return one piece of the product as coupons see it."""
    card = detail.card
    return Goods(card.product_id, detail.supplier.code, detail.origin.region.slug, card.price_fen)


def limit_of(detail: ProductDetail, shelf: Shelf) -> Limit | None:
    """Return how many of the product one person may buy today, None without a limit. No query."""
    return limits_on(shelf, clock.today()).get(detail.card.product_id)


def _most(card: ProductCard, shelf: Shelf) -> int:
    limit = limits_on(shelf, clock.today()).get(card.product_id)
    return min(card.stock, limit.units if limit else MAX_UNITS, MAX_UNITS)


def _prices(card: ProductCard, tiers: Sequence[Tier]) -> str:
    cheaper = [(tier.min_quantity, tier.price_fen) for tier in tiers if tier.price_fen < card.price_fen]
    return " ".join(f"{number}:{fen}" for number, fen in [(1, card.price_fen), *cheaper])


def _product(detail: ProductDetail) -> Shown:
    card = shown(detail.card)
    return Shown(
        product_id=card.product_id,
        title=card.title,
        summary=in_language(detail.description_zh, detail.description_en).split("。")[0],
        spec=card.spec,
        unit_word=card.unit,
        units_word=unit_name(detail.card.unit, 2),
        price_fen=card.price_fen,
        unit_price_fen=card.unit_price_fen,
        unit_price_label=card.unit_price_label,
        is_available=card.is_available,
        is_demo=card.is_demo,
        prices=_prices(detail.card, detail.tiers),
    )


def _stock_text(detail: ProductDetail) -> str:
    if detail.supplier.state == SupplierState.SUSPENDED:
        return _("The supplier does not sell at present")
    if not detail.is_published:
        return _("No longer on sale")
    return _left_text(detail.card)


def _left_text(card: ProductCard) -> str:
    if card.stock <= 0:
        return _("Sold out")
    return ngettext("%(number)d in stock", "%(number)d in stock", card.stock) % {"number": card.stock}


def _images(detail: ProductDetail) -> tuple[Picture, ...]:
    drawing = motif_url(detail.card.category_slug)
    found = tuple(Picture(one.large, one.small, one.jpeg, one.illustrative) for one in detail.pictures)
    return found or (Picture(drawing, drawing, drawing, is_illustration=True),)


def _place(detail: ProductDetail) -> Place:
    region = detail.origin.region
    return Place(
        slug=region.slug,
        name=short_name(region),
        full_name=full_name(region),
        programme_name=_programme(detail),
        url=reverse("storefront:region", args=[region.slug]),
    )


def _programme(detail: ProductDetail) -> str:
    if detail.pairing is None:
        return ""
    return in_language(detail.pairing.programme.name_zh, detail.pairing.programme.name_en)


def _variants(detail: ProductDetail, shelf: Shelf) -> tuple[Pack, ...]:
    if len(detail.variants) < 2:
        return ()
    cards = [(shown(variant.card), variant.is_current) for variant in detail.variants]
    tiers = tiers_on(shelf, clock.today(), [card.product_id for card, _is_current in cards])
    return tuple(
        Pack(
            product_id=card.product_id,
            name=card.spec,
            add_url=reverse("basket:add", kwargs={"pk": card.product_id}),
            prices=_prices(card, tiers.get(card.product_id, [])),
            url=card.url,
            price_fen=card.price_fen,
            unit_price_fen=card.unit_price_fen,
            unit_price_label=card.unit_price_label,
            is_current=is_current,
            is_available=card.is_available,
        )
        for card, is_current in cards
    )


def _packs_left(detail: ProductDetail, shelf: Shelf) -> tuple[PackLeft, ...]:
    if len(detail.variants) < 2:
        return ()
    cards = [variant.card for variant in detail.variants]
    return tuple(PackLeft(card.product_id, _most(card, shelf), _left_text(card)) for card in cards)


def _promises(detail: ProductDetail, province: str, shelf: Shelf) -> tuple[Promise, ...]:
    today = clock.today()
    hours = shelf.remember(("shipping", today), lambda: rule_on(today)).ship_within_hours
    parcel = FreightParcel(detail.supplier.code, detail.card.price_fen, detail.listing.gross_weight_g)
    freight = freight_quotes([parcel], province, today, shelf)[0]
    place = province_name(province)
    if not freight.deliverable or freight.fen is None:
        cost = _("Not delivered to %(province)s") % {"province": place}
    elif freight.fen == 0:
        cost = _("To %(province)s: free of charge") % {"province": place}
    else:
        cost = _("To %(province)s: ¥%(sum)s for one") % {"province": place, "sum": shown_yuan(freight.fen)}
    if freight.deliverable and freight.missing_fen and freight.free_from_fen:
        cost += _(", free from ¥%(sum)s") % {"sum": shown_yuan(freight.free_from_fen)}
    returns = terms_of(detail.listing, today, shelf)
    limit = limit_of(detail, shelf)
    delivery = _("Shipped from %(place)s by the supplier within %(hours)d hours of payment") % {
        "place": short_name(detail.origin.region),
        "hours": hours,
    }
    return (
        *([Promise(_("Limit"), limit_text(limit))] if limit else []),
        Promise(_("Delivery"), delivery),
        Promise(_("Freight"), cost, province=province),
        Promise(_("Returns"), f"{returns.name}: {returns.text}", f"{reverse('storefront:terms')}#returns"),
    )


def _contribution(detail: ProductDetail, shelf: Shelf) -> Contribution | None:
    """Return what one piece adds to the region's total, or None when the sale would not count.

    The total on this page may be a minute old; the pages of the places sum up the ledger every time.
    """
    today = clock.today()
    verified = detail.origin.claim_state == ClaimState.VERIFIED and (
        detail.origin.valid_until is None or detail.origin.valid_until >= today
    )
    if detail.pairing is None or not verified or not is_admitted(detail.supplier, today):
        return None
    slug, minute = detail.origin.region.slug, clock.now().replace(second=0, microsecond=0)
    confirmed_fen, target_fen = shelf.remember(
        ("total", slug, minute), lambda: confirmed_and_target(slug, today.year, settings.SHOP_DEMO)
    )
    return Contribution(detail.card.price_fen, confirmed_fen, target_fen)


def _origin(detail: ProductDetail, of_goods: tuple[OriginRow, ...]) -> OriginShown:
    origin, region, supplier = detail.origin, detail.origin.region, detail.supplier
    supplier_text = in_language(supplier.name_zh, supplier.name_en)
    rows = [
        OriginRow(_("Producer"), _producer(detail) or supplier_text),
        OriginRow(_("Supplier"), supplier_text, _page_of(supplier)),
    ]
    if origin.township:
        rows.append(OriginRow(_("Township"), township_name(origin.township)))
    rows += of_goods
    for certificate in detail.certifications:
        scheme = SCHEMES.get(certificate.scheme, certificate.scheme)
        year = f" ({certificate.year})" if certificate.year else ""
        name = in_language(certificate.name_zh, certificate.name_en)
        rows.append(OriginRow(_("Certificate"), f"{name}·{scheme}{year}"))
    rows.append(OriginRow(_("Origin claim"), _claim(detail), reverse("storefront:method")))
    note = _("A producer named by public sources; not a contracted supplier (demonstration).")
    return OriginShown(
        place=full_name(region),
        place_detail="·".join(filter(None, (parent_name(region), _programme(detail)))),
        rows=tuple(rows),
        note=note if supplier.is_sourced else "",
    )


def _batch(detail: ProductDetail, shelf: Shelf) -> tuple[OriginRow, ...]:
    batch = batch_of(detail.card, shelf)
    return (OriginRow(_("Lot"), batch),) if batch else ()


def _producer(detail: ProductDetail) -> str:
    """Return who makes the goods; where that is the supplier, by the name it has in the visitor's language."""
    producer, supplier = detail.label.producer, detail.supplier
    return in_language(producer, supplier.name_en if producer == supplier.name_zh else "")


def _page_of(supplier: Supplier) -> str:
    """Return the address of the supplier's page, which it has while it may sell."""
    admitted = supplier.state == SupplierState.ADMITTED
    return reverse("storefront:supplier", args=[supplier.code]) if admitted else ""


def _claim(detail: ProductDetail) -> str:
    origin = detail.origin
    if origin.claim_state == ClaimState.VERIFIED and origin.verified_on:
        return _("verified on %(day)s") % {"day": origin.verified_on.isoformat()}
    if origin.claim_state == ClaimState.REJECTED:
        return _("rejected: sales are not counted")
    return _("not verified yet: sales are counted once it is")


def _label_rows(detail: ProductDetail) -> tuple[tuple[str, str], ...]:
    label = detail.label
    days = label.shelf_life_days
    shelf = ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else ""
    rows = [
        (_("Ingredients or material"), label.ingredients),
        (_("Net content"), pack_name(label.net_content)),
        (_("Pack"), pack_name(detail.card.spec)),
        (_("Producer"), _producer(detail)),
        (_("Place of origin"), placed_name(detail.origin.region)),
        (_("Shelf life"), shelf),
        (_("Storage"), label_text(label.storage)),
        (_("Allergens"), label_text(label.allergens)),
        (_("Standard"), label_text(label.standard_no)),
        (_("Food production licence"), label_text(label.licence_no)),
    ]
    shown_rows = [(name, value) for name, value in rows if value]
    if label.illustrative or DEMO_NUMBER in (label.licence_no, label.standard_no):
        shown_rows.append((_("Note"), _("The particulars are examples of a demonstration.")))
    return tuple(shown_rows)
