"""Keep a product with everything that is said about it."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from oscar.apps.catalogue.models import Product, ProductClass
from oscar.apps.partner.models import StockRecord

from shop.core.fen import to_yuan
from shop.journal.upsert import Change, Upserted, change, create, journal, upsert
from shop.listings.drafts import ListingDraft
from shop.listings.exceptions import ListingError
from shop.listings.models import ClaimState, FoodLabel, Listing, ProductOrigin
from shop.listings.services.indexing import index_product
from shop.listings.services.names import Named, Names, names_for
from shop.listings.slugs import pinyin_slug
from shop.listings.unit_price import counted

#: Rates of value-added tax that exist.
VAT_PERCENTS = (0, 1, 3, 6, 9, 13)
_CURRENCY = "CNY"


@transaction.atomic
def save_listing(
    *, draft: ListingDraft, actor_id: int | None, index: bool = True, names: Names | None = None
) -> Upserted[Listing]:
    """Create the product of the draft's SKU as a draft listing, or change what differs; one journal entry.

    Writes Oscar's product, category and stock record (price only: units are ordering's), the listing, its
    origin, label and certificates, and its search text unless `index` is off (a batch does that itself,
    and hands in `names` read once). A published product stays published. What a person has decided about the origin
    stays while the place is the same: a draft that says nothing of it puts no claim back to pending. Raises
    ListingError naming the field for a value that cannot be, a key that is unknown, or another supplier: orders
    tell of it.
    """
    _check_values(draft)
    named = (names or names_for([draft])).of(draft)
    known = Listing.objects.select_related("product").filter(sku=draft.sku).first()
    if known is not None and known.supplier_id != named.supplier.pk:
        raise ListingError(
            _("The supplier of a product cannot change; withdraw it and list it anew."),
            code="supplier_fixed",
            field="supplier_key",
        )
    product = _save_product(draft, known.product if known else None)
    values = _listing_values(draft, product.row, named)
    result = change(row=known, values=values) if known else create(model=Listing, values=values)
    parts = [product, *_save_satellites(draft, product, named)]
    extra = {name: value for part in parts for name, value in part.after.items()}
    extra |= _set_category(product, named) | _set_certifications(product, named)
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
        raise ListingError(
            _("The weight with packing must be more than zero."), code="weight", field="gross_weight_g"
        )
    if draft.vat_percent not in VAT_PERCENTS:
        raise ListingError(_("There is no such rate of tax."), code="vat", field="vat_percent")


def _save_product(draft: ListingDraft, product: Product | None) -> Upserted[Product]:
    values: dict[str, Any] = {
        "title": draft.name_zh,
        "slug": pinyin_slug(draft.name_zh) or draft.sku.lower(),
        "description": draft.description_zh,
    }
    if product is not None:
        return change(row=product, values=values)
    goods = ProductClass.objects.filter(slug="goods").first()
    goods = goods or ProductClass.objects.create(name="商品", slug="goods", track_stock=True)
    known = {"upc": draft.sku, "product_class": goods, "is_public": False}
    return create(model=Product, values=values | known)


def _listing_values(draft: ListingDraft, product: Product, named: Named) -> dict[str, Any]:
    pieces = counted(draft.spec)
    texts = ("sku", "category_slug", "name_zh", "name_en", "spec", "unit", "description_en", "source")
    terms = ("price_fen", "vat_percent", "cold_chain", "return_rule", "demo", "position")
    weights = ("net_weight_g", "gross_weight_g")
    return {name: getattr(draft, name) for name in (*texts, *terms, *weights)} | {
        "product": product,
        "supplier": named.supplier,
        "pieces": pieces[0] if pieces else None,
    }


def _save_satellites(draft: ListingDraft, product: Upserted[Product], named: Named) -> list[Upserted[Any]]:
    origin = asdict(draft.origin) | {"region": named.region, "township": named.township}
    del origin["region_slug"], origin["township_zh"]
    if product.change is not Change.CREATED:
        origin = _with_claim(product.row, origin)
    stock = {"partner": named.supplier.partner, "partner_sku": draft.sku}
    price = {"price_currency": _CURRENCY, "price": to_yuan(draft.price_fen)}
    parts: list[tuple[type[Model], dict[str, Any]]] = [
        (ProductOrigin, origin),
        (FoodLabel, asdict(draft.label)),
        (StockRecord, stock | price),
    ]
    key = {"product": product.row}
    if product.change is Change.CREATED:
        return [create(model=model, values=key | values) for model, values in parts]
    return [upsert(model=model, key=key, values=values) for model, values in parts]


def _with_claim(product: Product, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the origin to write on a known product: a decided claim of the same place stays as it is.

    Another place is another claim: the days and reminders of the one before are no longer true.
    """
    stored = ProductOrigin.objects.filter(product=product).first()
    if stored is None:
        return wanted
    place = (wanted["region"].pk, wanted["township"].pk if wanted["township"] else None)
    if (stored.region_id, stored.township_id) != place:
        return wanted | {"valid_from": None, "reminded_days": None, "reminded_at": None}
    if wanted["claim_state"] != ClaimState.PENDING or stored.claim_state == ClaimState.PENDING:
        return wanted
    undecided = ("claim_state", "verified_on", "valid_until")
    return {name: value for name, value in wanted.items() if name not in undecided}


def _set_category(product: Upserted[Product], named: Named) -> dict[str, Any]:
    categories = product.row.categories
    if product.change is not Change.CREATED:
        if list(categories.values_list("pk", flat=True)) == [named.category.pk]:
            return {}
        categories.clear()
    categories.add(named.category)
    return {"category": named.category.code}


def _set_certifications(product: Upserted[Product], named: Named) -> dict[str, Any]:
    certifications = product.row.certifications
    if product.change is Change.CREATED:
        stored: set[int] = set()
    else:
        stored = set(certifications.values_list("pk", flat=True))
    if stored == named.certifications:
        return {}
    certifications.set(named.certifications)
    return {"certifications": sorted(named.certifications)}
