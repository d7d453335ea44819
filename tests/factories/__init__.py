"""What tests build their shop from: plain functions with keyword arguments and a fixed cast.

    supplier = make_supplier(code="wangcang-tea")
    tea = make_product(supplier=supplier, price_fen=12800, stock=5)
    order = place(lines=[(tea, 2)])

Every function writes through models, gives each thing that is not asked for a sensible value, and
returns what exists when the natural key (region slug, supplier code, sku, phone) is there already.
"""

from tests.factories.catalogue import (
    make_category,
    make_freight_template,
    make_price_tier,
    make_product,
)
from tests.factories.people import Cast, make_cast, make_user
from tests.factories.places import make_pairing, make_programme, make_region, make_supplier, make_target

__all__ = [
    "Cast",
    "make_cast",
    "make_category",
    "make_freight_template",
    "make_pairing",
    "make_price_tier",
    "make_product",
    "make_programme",
    "make_region",
    "make_supplier",
    "make_target",
    "make_user",
]
