"""Who acts in the history, and what is there already."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from catalog_seed.demo_orders import Cast
from catalog_seed.demo_settlement import make_demo_terms
from catalog_seed.demo_unit import UnitCast, make_demo_unit, open_unit
from catalog_seed.history.plan import MARK, History
from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.accounts.services import save_user
from shop.buyers.models import BuyerKind
from shop.core import clock
from shop.ordering.models import OrderRecord
from shop.procurement.models import PurchaseRequest

#: Units besides the demonstration union, which pays at once: its own terms are for its own orders.
UNITS = (
    ("dh-union", "演示区教育工会", BuyerKind.UNION),
    ("dh-canteen", "演示区机关食堂", BuyerKind.CANTEEN),
    ("dh-office", "演示区街道办事处", BuyerKind.BUDGET_OTHER),
    ("dh-soe", "演示城投集团有限公司", BuyerKind.SOE),
    ("dh-private", "演示纺织股份有限公司", BuyerKind.PRIVATE),
    ("dh-social", "演示慈善总会", BuyerKind.SOCIAL),
    ("dh-outside", "演示外区商会", BuyerKind.OUTSIDE),
)
#: Which of all units may pay after acceptance.
ON_TERMS = (False, *(kind != BuyerKind.OUTSIDE for _code, _name, kind in UNITS))
LIMIT_FEN = 2_000_000_000
#: Places of the demonstration people: teller and reviewer, and the three who close months.
RESIDENT, TELLER, REVIEWER = 0, 3, 4
CLOSERS = (9, 10, 11)
#: Who buys for the units, and who approves; nobody signs in as them.
BUYER_PHONE, APPROVER_PHONE = "+8617000000101", "+8617000000102"


@dataclass(frozen=True)
class Step:
    """What somebody does at a moment: `act` does it unless it is done, and says whether anything was to do."""

    at: dt.datetime
    act: Callable[[], bool]


@dataclass
class World:
    """The people, and the orders of the history by the name of their plan."""

    history: History
    cast: Cast
    units: tuple[UnitCast, ...]
    closers: tuple[User, User, User]
    settles: bool
    orders: dict[str, int] = field(default_factory=dict)

    def record(self, name: str) -> OrderRecord:
        """Return the order of a plan. Raises LookupError when it is not placed."""
        return OrderRecord.objects.get(pk=self.orders[name])


def world_of(history: History, *, settles: bool) -> World:
    """Return the world, with what is missing made at its beginning. The demonstration people must be there."""
    people = [User.objects.get(phone=person.phone) for person in demo_people()]
    cast = Cast(resident=people[RESIDENT], teller=people[TELLER], reviewer=people[REVIEWER])
    with clock.set_to(dt.datetime.combine(history.first, dt.time(7), tzinfo=clock.SHANGHAI)):
        make_demo_terms(cast)
        units = (make_demo_unit(), *_more_units(cast))
    preparer, reviewer, releaser = (people[place] for place in CLOSERS)
    return World(history, cast, units, (preparer, reviewer, releaser), settles, _orders())


def _more_units(cast: Cast) -> list[UnitCast]:
    buyer, approver = _person(BUYER_PHONE, "采购员"), _person(APPROVER_PHONE, "审批员")
    staff = (cast.teller, cast.reviewer)
    return [
        open_unit(
            code=code,
            name=name,
            kind=kind,
            limit_fen=LIMIT_FEN,
            buyer=buyer,
            approver=approver,
            staff=staff,
        )
        for code, name, kind in UNITS
    ]


def _person(phone: str, name: str) -> User:
    known = User.objects.filter(phone=phone).first()
    return known or save_user(actor_id=None, phone=phone, last_name="演示", first_name=name)


def _orders() -> dict[str, int]:
    """Return the orders that are there by their mark: residents' say it to the suppliers, units' is their purpose."""
    rows = OrderRecord.objects.filter(demo=True).values_list("pk", "messages")
    known = {text: pk for pk, messages in rows for text in messages.values() if text.startswith("演示历史")}
    placed = PurchaseRequest.objects.filter(record__isnull=False, purpose__endswith=MARK)
    return known | dict(placed.values_list("purpose", "record_id"))
