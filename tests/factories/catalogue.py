"""Products as the shop sells them: Oscar's product, listing, origin, label, price, freight and stock."""

import datetime as dt
from collections.abc import Sequence

from oscar.apps.catalogue.models import Category, Product, ProductCategory, ProductClass
from oscar.apps.partner.models import StockRecord

from shop.core.fen import to_yuan
from shop.listings.models import (
    ClaimState,
    FoodLabel,
    FreightRate,
    FreightTemplate,
    LabelClass,
    Listing,
    ListingState,
    PriceTier,
    ProductOrigin,
    ReturnRule,
)
from shop.ordering.models import StockBalance
from shop.regions.models import PartnerRegion
from shop.suppliers.models import Supplier
from tests.factories.places import LONG_AGO, make_supplier


def make_category(*, slug: str = "tea", name: str = "茶叶") -> Category:
    """Return the root category of that slug."""
    return Category.objects.filter(slug=slug).first() or Category.objects.add_root(
        {"name": name, "slug": slug}
    )


def make_price_tier(
    *,
    product: Product,
    min_quantity: int,
    price_fen: int,
    starts_on: dt.date = LONG_AGO,
    ends_on: dt.date | None = None,
) -> PriceTier:
    """Add a tier: the unit price from a quantity on."""
    return PriceTier.objects.create(
        product=product,
        min_quantity=min_quantity,
        price_fen=price_fen,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def make_freight_template(
    *,
    supplier: Supplier,
    provinces: Sequence[str] = ("浙江省",),
    first_kg_fen: int = 800,
    next_kg_fen: int = 200,
    free_from_fen: int | None = None,
    undeliverable: Sequence[str] = ("新疆维吾尔自治区",),
    starts_on: dt.date = LONG_AGO,
) -> FreightTemplate:
    """Return the supplier's freight from that day on: a rate for each province, none to the undeliverable."""
    template, created = FreightTemplate.objects.get_or_create(supplier=supplier, starts_on=starts_on)
    if created:
        FreightRate.objects.bulk_create(
            [
                FreightRate(
                    template=template,
                    province=province,
                    first_kg_fen=first_kg_fen,
                    next_kg_fen=next_kg_fen,
                    free_from_fen=free_from_fen,
                )
                for province in provinces
            ]
            + [
                FreightRate(template=template, province=province, deliverable=False)
                for province in undeliverable
            ]
        )
    return template


def make_product(
    *,
    supplier: Supplier | None = None,
    price_fen: int = 12800,
    stock: int = 10,
    sku: str = "tea-001",
    name_zh: str = "旺苍黄茶",
    category: str = "tea",
    region: PartnerRegion | None = None,
    vat_percent: int = 9,
    gross_weight_g: int = 500,
    claim_state: ClaimState = ClaimState.VERIFIED,
    verified_on: dt.date | None = LONG_AGO,
    valid_until: dt.date | None = None,
    state: ListingState = ListingState.PUBLISHED,
    return_rule: ReturnRule = ReturnRule.SEVEN_DAYS,
    freight_free: bool = True,
    demo: bool = True,
) -> Product:
    """Return a product on sale with `stock` units in the retail pool.

    Without a freight template of its own the supplier gets one for 浙江省: free from 0 fen when
    `freight_free`, else 8 yuan for the first kilogram and 2 for each next.
    """
    found = Product.objects.filter(listing__sku=sku).first()
    if found is not None:
        return found
    supplier = supplier or make_supplier()
    product = _oscar_product(name_zh=name_zh, sku=sku, category=category)
    Listing.objects.create(
        product=product,
        supplier=supplier,
        sku=sku,
        category_slug=category,
        name_zh=name_zh,
        spec="100g/罐",
        unit="罐",
        net_weight_g=100,
        gross_weight_g=gross_weight_g,
        price_fen=price_fen,
        vat_percent=vat_percent,
        return_rule=return_rule,
        state=state,
        demo=demo,
    )
    ProductOrigin.objects.create(
        product=product,
        region=region or supplier.region,
        township=supplier.township if region in (None, supplier.region) else None,
        claim_state=claim_state,
        verified_on=verified_on if claim_state == ClaimState.VERIFIED else None,
        valid_until=valid_until,
        demo=demo,
    )
    _label(product)
    _stock(product, supplier, sku=sku, price_fen=price_fen, stock=stock)
    if not supplier.freight_templates.exists():
        make_freight_template(supplier=supplier, free_from_fen=0 if freight_free else None)
    return product


def _oscar_product(*, name_zh: str, sku: str, category: str) -> Product:
    product_class, _ = ProductClass.objects.get_or_create(
        name="商品", defaults={"slug": "goods", "track_stock": True, "requires_shipping": True}
    )
    product = Product.objects.create(product_class=product_class, title=name_zh, upc=sku, slug=sku)
    ProductCategory.objects.create(product=product, category=make_category(slug=category))
    return product


def _label(product: Product) -> None:
    FoodLabel.objects.create(
        product=product,
        label_class=LabelClass.PACKAGED_FOOD,
        ingredients="茶叶",
        net_content="100g",
        producer="旺苍茶业",
        shelf_life_days=540,
        storage="阴凉干燥处",
        licence_no="SC11451082100001",
        standard_no="GB/T 14456",
    )


def _stock(product: Product, supplier: Supplier, *, sku: str, price_fen: int, stock: int) -> None:
    stockrecord = StockRecord.objects.create(
        product=product,
        partner=supplier.partner,
        partner_sku=sku,
        price_currency="CNY",
        price=to_yuan(price_fen),
        num_in_stock=stock,
        num_allocated=0,
    )
    StockBalance.objects.create(stockrecord=stockrecord, on_hand=stock)
