"""What the tests of buying start from: two suppliers of two places, and a visitor's form."""

import re
from typing import Any

from django.test import Client
from oscar.apps.catalogue.models import Product

from shop.listings.services.categories import save_category
from tests.factories import make_hold_rules, make_product, make_region, make_supplier

ADDRESS = {
    "recipient_name": "王芳",
    "phone": "138 1234 2046",
    "province": "浙江省",
    "city": "杭州市",
    "county": "萧山区",
    "street": "市心中路1号",
    "method": "demo",
    "consent": "on",
}


def tea(**fields: Any) -> Product:
    """Return tea of Wangcang: 128.00 yuan, ten in stock, freight free."""
    return make_product(**fields)


def shiitake(**fields: Any) -> Product:
    """Return mushrooms of Longquan: 56.00 yuan, freight 8.00 for the first kilogram."""
    supplier = make_supplier(
        code="longquan-fungi",
        name_zh="龙泉菌菇",
        region=make_region(slug="longquan", name_zh="龙泉市"),
        township_zh="八都镇",
    )
    values: dict[str, Any] = {
        "supplier": supplier,
        "sku": "fungi-001",
        "name_zh": "龙泉香菇",
        "category": "mushrooms-fungi",
        "price_fen": 5600,
        "freight_free": False,
    }
    return make_product(**(values | fields))


def make_categories() -> None:
    """Give the categories their places in the tree."""
    for slug, name in (("tea", "茶叶"), ("tea/green-tea", "绿茶"), ("mushrooms-fungi", "菌菇")):
        save_category(slug=slug, name_zh=name, name_en=slug, actor_id=None)


def put_in(client: Client, product: Product, quantity: int = 1, **fields: Any) -> Any:
    """Post the add form of a product."""
    return client.post(f"/basket/add/{product.pk}/", {"quantity": quantity, **fields})


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the checkout form as a browser would post them."""
    return dict(re.findall(r'<input type="hidden" name="(basket|digest|seen)" value="([^"]*)"', page))


def open_checkout(client: Client) -> dict[str, str]:
    """Open the checkout and return what its form posts when it is filled in."""
    make_hold_rules()
    return hidden(client.get("/checkout/").content.decode()) | ADDRESS
