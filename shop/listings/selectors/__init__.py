"""Everything that is read of what is sold; each selector takes a fixed number of queries."""

from shop.listings.areas import areas, is_area, provinces
from shop.listings.selectors.browsing import BrowsePage, Facet, browse, search_ids
from shop.listings.selectors.cards import NOTHING_LEFT, ProductCard, Standing
from shop.listings.selectors.categories import CategoryNode
from shop.listings.selectors.detail import ProductDetail, Variant, product_detail, shelf_and_family
from shop.listings.selectors.filters import BrowseFilters, Sort
from shop.listings.selectors.freight import FreightParcel, FreightQuote, freight_quotes
from shop.listings.selectors.limits import Limit, limits_on
from shop.listings.selectors.order_rules import ANY_QUANTITY, Step, order_rules_of, steps_on
from shop.listings.selectors.price_lists import agreed_tiers, price_lists
from shop.listings.selectors.prices import PriceQuote, Tier, price_for, tiers_of, tiers_on
from shop.listings.selectors.reports import report_of_product
from shop.listings.selectors.rows import listing_rows, pairings_on, places_on
from shop.listings.selectors.sets import sold_out
from shop.listings.selectors.sharing import shared_picture, shared_picture_of
from shop.listings.selectors.shelf import (
    MOST_GOODS,
    Shelf,
    category_by_pk,
    category_tree,
    current_shelf,
    current_shelf_and_standing,
    product_cards,
)
from shop.listings.selectors.suggestions import Suggestion, nearest, suggestions

__all__ = [
    "ANY_QUANTITY",
    "MOST_GOODS",
    "NOTHING_LEFT",
    "BrowseFilters",
    "BrowsePage",
    "CategoryNode",
    "Facet",
    "FreightParcel",
    "FreightQuote",
    "Limit",
    "PriceQuote",
    "ProductCard",
    "ProductDetail",
    "Shelf",
    "Sort",
    "Standing",
    "Step",
    "Suggestion",
    "Tier",
    "Variant",
    "agreed_tiers",
    "areas",
    "browse",
    "category_by_pk",
    "category_tree",
    "current_shelf",
    "current_shelf_and_standing",
    "freight_quotes",
    "is_area",
    "limits_on",
    "listing_rows",
    "nearest",
    "order_rules_of",
    "pairings_on",
    "places_on",
    "price_for",
    "price_lists",
    "product_cards",
    "product_detail",
    "provinces",
    "report_of_product",
    "search_ids",
    "shared_picture",
    "shared_picture_of",
    "shelf_and_family",
    "sold_out",
    "steps_on",
    "suggestions",
    "tiers_of",
    "tiers_on",
]
