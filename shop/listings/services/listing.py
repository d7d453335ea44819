"""Keep a product with everything that is said about it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.apps.catalogue.models import Category, Product, ProductClass
from oscar.apps.partner.models import StockRecord

from shop.core.fen import to_yuan
from shop.journal.upsert import Change, Upserted, change, journal, upsert
from shop.listings.drafts import ListingDraft, OriginDraft
from shop.listings.exceptions import ListingError
from shop.listings.models import Certification, FoodLabel, Listing, ProductOrigin
from shop.listings.services.indexing import index_product
from shop.listings.slugs import pinyin_slug
from shop.listings.unit_price import counted
from shop.regions.models import PartnerRegion, Township
from shop.suppliers.models import Supplier

#: Rates of value-added tax that exist.
VAT_PERCENTS = (0, 1, 3, 6, 9, 13)
_CURRENCY = "CNY"


@dataclass(frozen=True)
class _Named:
    """The rows that a draft names by their keys."""

    supplier: Supplier
    category: Category
    region: PartnerRegion
    township: Township | None
    certifications: frozenset[int]


@transaction.atomic
def save_listing(*, draft: ListingDraft, actor_id: int | None, index: bool = True) -> Upserted[Listing]:
    """Create the product of the draft's SKU as a draft listing, or change what differs; one journal entry.

    Writes Oscar's product, category and stock record (price only: units are ordering's), the listing, its
    origin, label and certificates, and its search text unless `index` is off (a batch does that itself).
    A published product stays published. Raises ListingError naming the field for a value that cannot be,
    a key that is unknown, or another supplier: orders tell of it.
    """
    _check_values(draft)
    named = _find_named(draft)
    known = Listing.objects.select_related("product").filter(sku=draft.sku).first()
    if known is not None and known.supplier_id != named.supplier.pk:
        raise ListingError(
            _("The supplier of a product cannot change; withdraw it and list it anew."),
            code="supplier_fixed",
            field="supplier_key",
        )
    product = _save_product(draft, known.product if known else None)
    result = upsert(model=Listing, key={"sku": draft.sku}, values=_listing_values(draft, product.row, named))
    parts = [product, *_save_satellites(draft, product.row, named)]
    extra = {name: value for part in parts for name, value in part.after.items()}
    extra |= _set_category(product.row, named.category) | _set_certifications(product.row, named)
    journal(result, actor_id=actor_id, object_key=draft.sku, extra=extra)
    if result.change is Change.UNCHANGED and extra:
        result = Upserted(result.row, Change.CHANGED, {}, extra)
    if index and result.change is not Change.UNCHANGED:
        index_product(product_id=product.row.pk)
    return result


def _check_values(draft: ListingDraft) -> None:
    for name in ("sku", "name_zh", "spec", "unit"):
        if not getattr(draft, name).strip():
            raise ListingError(_("This field must not be empty."), code="empty", field=name)
    if draft.price_fen <= 0:
        raise ListingError(_("A price must be more than zero."), code="price_not_positive", field="price_fen")
    if draft.gross_weight_g <= 0:
        raise ListingError(_("The weight with packing must be more than zero."), code="weight", field="gross_weight_g")
    if draft.vat_percent not in VAT_PERCENTS:
        raise ListingError(_("There is no such rate of tax."), code="vat", field="vat_percent")


def _find_named(draft: ListingDraft) -> _Named:
    supplier = Supplier.objects.select_related("partner").filter(code=draft.supplier_code).first()
    category = Category.objects.filter(own_name__slug=draft.category_slug).first()
    region = PartnerRegion.objects.filter(slug=draft.origin.region_slug).first()
    if supplier is None:
        raise _unknown("supplier_key", draft.supplier_code)
    if category is None:
        raise _unknown("category", draft.category_slug)
    if region is None:
        raise _unknown("region_slug", draft.origin.region_slug)
    return _Named(
        supplier, category, region, _township(draft.origin, region), _certifications(draft.certification_codes)
    )


def _township(origin: OriginDraft, region: PartnerRegion) -> Township | None:
    if not origin.township_zh:
        return None
    township = Township.objects.filter(region=region, name_zh=origin.township_zh).first()
    if township is None:
        raise _unknown("origin_township_zh", origin.township_zh)
    return township


def _certifications(codes: Iterable[str]) -> frozenset[int]:
    wanted = set(codes)
    if not wanted:
        return frozenset()
    found = dict(Certification.objects.filter(code__in=wanted).values_list("code", "pk"))
    for code in sorted(wanted - set(found)):
        raise _unknown("certification", code)
    return frozenset(found.values())


def _unknown(field: str, value: str) -> ListingError:
    return ListingError(_("“%(value)s” is not known.") % {"value": value}, code="unknown", field=field)


def _save_product(draft: ListingDraft, product: Product | None) -> Upserted[Product]:
    values: dict[str, Any] = {
        "title": draft.name_zh,
        "slug": pinyin_slug(draft.name_zh) or draft.sku.lower(),
        "description": draft.description_zh,
    }
    if product is not None:
        return change(row=product, values=values)
    goods, _made = ProductClass.objects.get_or_create(slug="goods", defaults={"name": "商品", "track_stock": True})
    return upsert(
        model=Product, key={"upc": draft.sku}, values={**values, "product_class": goods, "is_public": False}
    )


def _listing_values(draft: ListingDraft, product: Product, named: _Named) -> dict[str, Any]:
    pieces = counted(draft.spec)
    same = ("category_slug", "name_zh", "name_en", "spec", "unit", "net_weight_g", "gross_weight_g", "price_fen")
    more = ("vat_percent", "cold_chain", "return_rule", "demo", "description_en", "source", "position")
    return {name: getattr(draft, name) for name in (*same, *more)} | {
        "product": product,
        "supplier": named.supplier,
        "pieces": pieces[0] if pieces else None,
    }


def _save_satellites(draft: ListingDraft, product: Product, named: _Named) -> list[Upserted[Any]]:
    origin = asdict(draft.origin) | {"region": named.region, "township": named.township}
    del origin["region_slug"], origin["township_zh"]
    stock = {"partner": named.supplier.partner, "partner_sku": draft.sku}
    price = {"price_currency": _CURRENCY, "price": to_yuan(draft.price_fen)}
    return [
        upsert(model=ProductOrigin, key={"product": product}, values=origin),
        upsert(model=FoodLabel, key={"product": product}, values=asdict(draft.label)),
        upsert(model=StockRecord, key={"product": product}, values=stock | price),
    ]


def _set_category(product: Product, category: Category) -> dict[str, Any]:
    if list(product.categories.values_list("pk", flat=True)) == [category.pk]:
        return {}
    product.categories.set([category])
    return {"category": category.code}


def _set_certifications(product: Product, named: _Named) -> dict[str, Any]:
    if set(product.certifications.values_list("pk", flat=True)) == named.certifications:
        return {}
    product.certifications.set(named.certifications)
    return {"certifications": sorted(named.certifications)}
