"""Everything that is read of what is sold; each selector takes a fixed number of queries."""

from shop.listings.areas import areas, is_area, provinces
from shop.listings.selectors.browsing import BrowseFilters, BrowsePage, Facet, Sort, browse, search_ids
from shop.listings.selectors.cards import ProductCard, product_cards
from shop.listings.selectors.categories import CategoryNode, category_by_pk, category_tree
from shop.listings.selectors.detail import ProductDetail, Variant, product_detail
from shop.listings.selectors.freight import FreightParcel, FreightQuote, freight_quotes
from shop.listings.selectors.prices import PriceQuote, Tier, price_for, tiers_of

__all__ = [
    "BrowseFilters",
    "BrowsePage",
    "CategoryNode",
    "Facet",
    "FreightParcel",
    "FreightQuote",
    "PriceQuote",
    "ProductCard",
    "ProductDetail",
    "Sort",
    "Tier",
    "Variant",
    "areas",
    "browse",
    "category_by_pk",
    "category_tree",
    "freight_quotes",
    "is_area",
    "price_for",
    "product_cards",
    "product_detail",
    "provinces",
    "search_ids",
    "tiers_of",
]
