"""What may be done to what is sold; each service is one transaction and safe to repeat."""

from shop.listings.services.categories import save_category
from shop.listings.services.certifications import save_certification
from shop.listings.services.freight import save_freight_template
from shop.listings.services.indexing import index_product, index_products
from shop.listings.services.limits import set_purchase_limit
from shop.listings.services.listing import save_listing
from shop.listings.services.marks import fold_marks
from shop.listings.services.names import names_for
from shop.listings.services.prices import set_price_tiers, tier_price
from shop.listings.services.publishing import publish_product, withdraw_product

__all__ = [
    "fold_marks",
    "index_product",
    "index_products",
    "names_for",
    "publish_product",
    "save_category",
    "save_certification",
    "save_freight_template",
    "save_listing",
    "set_price_tiers",
    "set_purchase_limit",
    "tier_price",
    "withdraw_product",
]
