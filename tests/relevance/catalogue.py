"""The goods of the relevance set in the test database: places and suppliers by the seed's loader, goods in bulk."""

from collections import Counter
from collections.abc import Sequence

from oscar.apps.catalogue.models import Product, ProductCategory, ProductClass
from oscar.apps.partner.models import StockRecord

from catalog_seed.loader import STARTS_ON, load
from catalog_seed.reading import SeedData
from catalog_seed.schema import ProductRow, RegionRow
from shop.core.fen import to_yuan
from shop.listings.models import (
    CategoryName,
    Certification,
    ClaimState,
    FoodLabel,
    Listing,
    ListingState,
    ProductOrigin,
)
from shop.listings.services import index_products
from shop.listings.slugs import pinyin_slug
from shop.listings.unit_price import counted
from shop.regions.models import PartnerRegion, Township
from shop.regions.services import save_township
from shop.suppliers.models import Supplier
from tests.relevance.goods import goods, seed


def fill_shop() -> None:
    """Write the places, categories and suppliers of the seed and all goods, and index them; once per database."""
    data, rows = seed(), goods()
    # Freight and targets are not asked for; the goods follow in bulk.
    load(SeedData(data.tables | {"products.csv": [], "freight.csv": [], "targets.csv": []}))
    products = _products(rows)
    _listings(rows, products)
    _origins(rows, products)
    _labels(rows, products)
    _certifications(rows, products)
    index_products(product_ids=[product.pk for product in products])


def _products(rows: Sequence[ProductRow]) -> list[Product]:
    kind = ProductClass.objects.create(name="商品", slug="goods", track_stock=True)
    products = Product.objects.bulk_create(
        [
            Product(
                structure=Product.STANDALONE,
                product_class=kind,
                upc=row.sku,
                title=row.name_zh,
                slug=pinyin_slug(row.name_zh),
                description=row.description_zh,
                is_public=True,
            )
            for row in rows
        ]
    )
    categories = dict(CategoryName.objects.values_list("slug", "category_id"))
    ProductCategory.objects.bulk_create(
        [
            ProductCategory(product=product, category_id=categories[row.category])
            for row, product in zip(rows, products, strict=True)
        ]
    )
    return list(products)


def _listings(rows: Sequence[ProductRow], products: Sequence[Product]) -> None:
    suppliers = {supplier.code: supplier for supplier in Supplier.objects.select_related("partner")}
    listings, records = [], []
    for row, product, position in zip(rows, products, _positions(rows), strict=True):
        supplier = suppliers[row.supplier_key]
        pieces = counted(row.spec_zh)
        listings.append(
            Listing(
                product=product,
                supplier=supplier,
                sku=row.sku,
                category_slug=row.category,
                name_zh=row.name_zh,
                name_en=row.name_en,
                spec=row.spec_zh,
                unit=row.unit,
                net_weight_g=row.net_weight_g,
                gross_weight_g=row.gross_weight_g,
                pieces=pieces[0] if pieces else None,
                price_fen=row.price_fen,
                vat_percent=int(row.tax_rate),
                return_rule=row.return_rule,
                state=ListingState.PUBLISHED,
                description_en=row.description_en,
                position=position,
            )
        )
        records.append(
            StockRecord(
                product=product,
                partner=supplier.partner,
                partner_sku=row.sku,
                price_currency="CNY",
                price=to_yuan(row.price_fen),
                num_in_stock=row.stock,
            )
        )
    Listing.objects.bulk_create(listings)
    StockRecord.objects.bulk_create(records)


def _positions(rows: Sequence[ProductRow]) -> list[int]:
    """Return the places in lists as the seed's loader gives them: the regions take turns."""
    order = {row.slug: place for place, row in enumerate(seed().rows("regions.csv", RegionRow))}
    placed: Counter[str] = Counter()
    positions = []
    for row in rows:
        positions.append(placed[row.region_slug] * len(order) + order[row.region_slug])
        placed[row.region_slug] += 1
    return positions


def _origins(rows: Sequence[ProductRow], products: Sequence[Product]) -> None:
    regions = {region.slug: region for region in PartnerRegion.objects.all()}
    # Some townships of the seed are named by its goods alone.
    for slug, name_zh in dict.fromkeys((row.region_slug, row.origin_township_zh) for row in rows):
        if name_zh:
            save_township(region=regions[slug], name_zh=name_zh)
    townships = {(one.region_id, one.name_zh): one for one in Township.objects.all()}
    origins = []
    for row, product in zip(rows, products, strict=True):
        region = regions[row.region_slug]
        origins.append(
            ProductOrigin(
                product=product,
                region=region,
                township=townships[region.pk, row.origin_township_zh] if row.origin_township_zh else None,
                claim_state=ClaimState.VERIFIED,
                verified_on=STARTS_ON,
            )
        )
    ProductOrigin.objects.bulk_create(origins)


def _labels(rows: Sequence[ProductRow], products: Sequence[Product]) -> None:
    FoodLabel.objects.bulk_create(
        [
            FoodLabel(
                product=product,
                label_class=row.label_class,
                ingredients=row.ingredients,
                net_content=row.spec_zh,
                producer=row.producer,
                shelf_life_days=row.shelf_life_days,
                storage=row.storage_zh,
                licence_no=row.licence_no,
                standard_no=row.standard_no,
                allergens=row.allergens,
            )
            for row, product in zip(rows, products, strict=True)
        ]
    )


def _certifications(rows: Sequence[ProductRow], products: Sequence[Product]) -> None:
    through = Certification.products.through
    ids = dict(Certification.objects.values_list("code", "pk"))
    through.objects.bulk_create(
        [
            through(certification_id=ids[row.certification], product_id=product.pk)
            for row, product in zip(rows, products, strict=True)
            if row.certification
        ]
    )
