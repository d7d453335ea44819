"""Two suppliers of two regions, and what a visitor does in a browser, as requests."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.test import Client
from oscar.apps.catalogue.models import Product

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.gateways import services as gateways
from shop.ledger.models import LedgerEntry
from shop.notifications.sending import send_due_notices
from shop.ordering.models import OrderRecord
from shop.reporting.periods import whole_year
from shop.reporting.selectors import Sums, overview
from tests.factories import (
    make_hold_rules,
    make_pairing,
    make_product,
    make_programme,
    make_region,
    make_supplier,
    make_target,
)
from tests.worker import drain

ADDRESS = {
    "recipient_name": "王芳",
    "phone": "13800000099",
    "province": "浙江省",
    "city": "杭州市",
    "county": "萧山区",
    "street": "市心中路1号",
    "consent": "on",
}


@dataclass(frozen=True)
class Goods:
    """Tea at 33.33 yuan from Wangcang (freight 8.00 and 2.00 per further kilogram), pears at 25.00 from Longquan."""

    tea: Product
    pears: Product


def goods() -> Goods:
    """Put the goods on sale; both regions have a pairing and a target of this year."""
    make_hold_rules()
    wangcang = make_region()
    longquan = make_region(slug="longquan", name_zh="龙泉市", paired=False)
    sea = make_programme(slug="mountain-sea", name_zh="山海协作")
    make_pairing(region=longquan, programme=sea)
    make_target(region=wangcang, year=clock.today().year, target_fen=1_000_000)
    make_target(region=longquan, programme=sea, year=clock.today().year, target_fen=500_000)
    tea_co = make_supplier(code="tea-co", name_zh="木门茶业", region=wangcang)
    pear_co = make_supplier(code="pear-co", name_zh="龙泉果业", region=longquan)
    return Goods(
        make_product(
            supplier=tea_co, sku="tea", name_zh="黄茶", price_fen=3_333, stock=20, freight_free=False
        ),
        make_product(supplier=pear_co, sku="pears", name_zh="翠冠梨", price_fen=2_500, stock=20),
    )


def fill(client: Client, goods: Goods) -> None:
    """Put three teas and two pears into the basket."""
    for product, quantity in ((goods.tea, 3), (goods.pears, 2)):
        answer = client.post(f"/basket/add/{product.pk}/", {"quantity": quantity})
        assert answer.status_code == 302


def signs(client: Client) -> dict[str, str]:
    """Return the hidden fields of the checkout page: which basket it showed, at which prices."""
    text = client.get("/checkout/").content.decode()
    return {name: _value(text, name) for name in ("basket", "digest", "seen")}


def _value(text: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', text)
    assert found, f"the checkout has no field {name}"
    return found[1].replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&")


def check_out(client: Client, method: str = "demo", **changes: Any) -> OrderRecord:
    """Send the checkout's form and return the order."""
    answer = client.post("/checkout/", signs(client) | ADDRESS | {"method": method} | changes)
    assert answer.status_code == 302, answer.context["form"].errors
    number = answer["Location"].rstrip("/").rsplit("/", 1)[-1]
    return OrderRecord.objects.get(number=number)


def work() -> None:
    """Do the worker's part: messages, refunds, the messages of those, notices."""
    drain()
    gateways.execute_refunds()
    drain()
    send_due_notices()


def ledger(record: OrderRecord) -> dict[tuple[str, str], int]:
    """Return the order's fen by kind (or region, for goods) and stage, without empty ones."""
    rows = LedgerEntry.objects.filter(order_number=record.number).values_list("kind", "region", "stage")
    return {
        (region if kind == "goods" else kind, stage): fen
        for kind, region, stage, fen in rows.annotate(total=Sum("fen")).order_by("kind", "region", "stage")
        if fen
    }


def figures() -> dict[str, Sums]:
    """Return the staff's figures of the year by region."""
    found = overview(SYSTEM, whole_year(clock.today().year), demo=True)
    return {row.region: row.sums for row in found.rows}


def figure(region: str) -> tuple[int, int, int, int]:
    """Return target, confirmed, paid (net) and not yet confirmed fen of a region."""
    sums = figures()[region]
    return (sums.target, sums.confirmed, sums.net, sums.open)
