"""What tests build their shop from: plain functions with keyword arguments and a fixed cast.

    supplier = make_supplier(code="wangcang-tea")
    tea = make_product(supplier=supplier, price_fen=12800, stock=5)
    order = place(lines=[(tea, 2)])      # unpaid; place_paid(...) is paid and released

Every function writes through models, gives each thing that is not asked for a sensible value, and
returns what exists when the natural key (region slug, supplier code, sku, phone) is there already.
"""

from tests.factories.buyers import make_bulk_stock, make_organisation, make_terms
from tests.factories.catalogue import (
    make_category,
    make_freight_template,
    make_price_tier,
    make_product,
)
from tests.factories.orders import (
    RECIPIENT,
    make_basket,
    make_hold_rules,
    pay,
    place,
    place_basket,
    place_paid,
    place_union,
)
from tests.factories.people import APP_SECRET, Cast, make_app, make_cast, make_user
from tests.factories.places import make_pairing, make_programme, make_region, make_supplier, make_target

__all__ = [
    "APP_SECRET",
    "RECIPIENT",
    "Cast",
    "make_app",
    "make_basket",
    "make_bulk_stock",
    "make_cast",
    "make_category",
    "make_freight_template",
    "make_hold_rules",
    "make_organisation",
    "make_pairing",
    "make_price_tier",
    "make_product",
    "make_programme",
    "make_region",
    "make_supplier",
    "make_target",
    "make_terms",
    "make_user",
    "pay",
    "place",
    "place_basket",
    "place_paid",
    "place_union",
]
