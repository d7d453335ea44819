"""A union that asks the tea supplier for prices, and what each side says."""

import datetime as dt

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.procurement import services
from shop.procurement.price_models import PriceOffer, PriceRequest
from shop.procurement.price_requests import Offer, Offered
from tests.factories import make_user
from tests.procurement.cast import Goods, Union

TEA_CO = Scope(suppliers=frozenset({"tea-co"}))
SHOP = SYSTEM


def of(union: Union) -> Scope:
    """Return the scope of a unit's members."""
    return Scope(organisations=frozenset({union.unit.code}))


def make_seller(code: str = "tea-co", phone: str = "+8613700000001") -> User:
    """Return a person who acts for a supplier."""
    return make_user(phone=phone, name="卖茶人", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, code)])


def ask(union: Union, goods: Goods, *, tea: int = 20, pears: int = 0, of_shop: bool = False) -> PriceRequest:
    """Return the one request for tea, pears or both."""
    wanted = {goods.tea.pk: tea, goods.pears.pk: pears}
    [asked] = services.ask_price(
        organisation_id=union.unit.pk,
        quantities={pk: units for pk, units in wanted.items() if units},
        of_shop=of_shop,
        note="中秋慰问",
        actor_id=union.buyer.pk,
    )
    return asked


def prices(*, days: int = 14, note: str = "", **fen_of: tuple[int, int, int]) -> Offer:
    """Return prices as (product, fen of a unit, from so many units on), holding so many days from today on."""
    found = {pk: Offered(unit_fen, least) for pk, unit_fen, least in fen_of.values()}
    return Offer(found, clock.today() + dt.timedelta(days=days), note)


def offer(
    asked: PriceRequest, goods: Goods, unit_fen: int, *, scope: Scope = TEA_CO, days: int = 14, by: int = 1
) -> PriceOffer:
    """Let who is asked give a price for the tea."""
    asked.refresh_from_db()
    given = prices(tea=(goods.tea.pk, unit_fen, 20), days=days)
    return services.offer_price(
        scope=scope, number=asked.number, offer=given, seen=asked.revisions, actor_id=by
    )


def counter(union: Union, asked: PriceRequest, goods: Goods, unit_fen: int, *, days: int = 14) -> PriceOffer:
    """Let the unit give a price for the tea."""
    asked.refresh_from_db()
    given = prices(tea=(goods.tea.pk, unit_fen, 20), days=days)
    return services.counter_price(
        scope=of(union), number=asked.number, offer=given, seen=asked.revisions, actor_id=union.buyer.pk
    )


def agreed(
    union: Union, goods: Goods, unit_fen: int = 8_000, *, days: int = 14, tea: int = 20
) -> PriceRequest:
    """Return a request whose first offer the unit has accepted: tea from 20 on."""
    asked = ask(union, goods, tea=tea)
    offer(asked, goods, unit_fen, days=days)
    return services.accept_price(scope=of(union), number=asked.number, revision=1, actor_id=union.buyer.pk)
