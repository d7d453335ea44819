"""Prices that the demonstration union has asked for: one request waits for its supplier, one is agreed.

Everything goes through the services that people use; what is there already is left alone.
"""

import datetime as dt

from catalog_seed.demo_unit import UnitCast
from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.core import clock
from shop.listings.models import Listing, ListingState
from shop.listings.selectors import price_for
from shop.procurement import services as procurement
from shop.procurement.price_models import PriceRequest, PriceState
from shop.procurement.price_requests import Offer, Offered

UNITS = 120
KINDS = 2
_AGREED_DAYS = 60


def make_demo_prices(cast: UnitCast) -> int:
    """Return how many requests were made: the first demonstration supplier is asked, with the second all is agreed."""
    first, second = (User.objects.get(phone=person.phone) for person in demo_people()[1:3])
    return sum((_ask(cast, first, agree=False), _ask(cast, second, agree=True)))


def _ask(cast: UnitCast, supplier: User, *, agree: bool) -> bool:
    code = supplier.grants.get(role="supplier").code
    asked = PriceRequest.objects.filter(organisation=cast.unit, supplier__code=code).order_by("pk").first()
    if asked is not None and (asked.state == PriceState.ACCEPTED or not agree):
        return False
    goods = _goods(code)
    if not goods:
        return False
    now = clock.now()
    if asked is None:
        with clock.set_to(now - dt.timedelta(hours=30)):
            [asked] = procurement.ask_price(
                organisation_id=cast.unit.pk,
                quantities=dict.fromkeys(goods, UNITS),
                of_shop=False,
                province="浙江省",
                note="中秋慰问，分两批送到各会员单位，请报含税价。",
                actor_id=cast.buyer.pk,
            )
    if agree:
        _agree(cast, supplier, code, asked, goods)
    return True


def _agree(cast: UnitCast, supplier: User, code: str, asked: PriceRequest, goods: list[int]) -> None:
    """Let the supplier offer, the unit counter and the supplier take that; each step looks at what was done."""
    its, own = Scope(suppliers=frozenset({code})), Scope(organisations=frozenset({cast.unit.code}))
    now, last_day = clock.now(), clock.today() + dt.timedelta(days=_AGREED_DAYS)
    if asked.state == PriceState.ASKED:
        with clock.set_to(now - dt.timedelta(hours=20)):
            offer = Offer(_prices(goods, 94), last_day, "满 120 件起，含到站运输前的装箱。")
            procurement.offer_price(scope=its, offer=offer, seen=0, actor_id=supplier.pk, number=asked.number)
    asked.refresh_from_db()
    if asked.state == PriceState.OFFERED:
        with clock.set_to(now - dt.timedelta(hours=9)):
            offer = Offer(_prices(goods, 90), last_day, "若能再让一点，今天就可以定下。")
            procurement.counter_price(
                scope=own, offer=offer, seen=1, actor_id=cast.buyer.pk, number=asked.number
            )
    with clock.set_to(now - dt.timedelta(hours=3)):
        procurement.accept_price(scope=its, revision=2, actor_id=supplier.pk, number=asked.number)


def _prices(goods: list[int], percent: int) -> dict[int, Offered]:
    """Return so many percent of what everybody pays, in whole jiao."""
    listed = price_for(dict.fromkeys(goods, UNITS), clock.today())
    return {
        pk: Offered(max(10, price.unit_fen * percent // 1000 * 10), UNITS) for pk, price in listed.items()
    }


def _goods(code: str) -> list[int]:
    found = Listing.objects.filter(state=ListingState.PUBLISHED, supplier__code=code, product__is_public=True)
    return list(found.order_by("sku").values_list("product_id", flat=True)[:KINDS])
