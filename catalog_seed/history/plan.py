"""What happens in a demonstration history: the same on every machine for the same seed, size and first month."""

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet
from oscar.apps.catalogue.models import Product

from catalog_seed.demo_orders import NAMES, STREETS
from shop.core import clock
from shop.ledger.periods import month_end
from shop.listings.models import ClaimState, ListingState
from shop.ordering.services import Recipient
from shop.procurement.models import PayBy
from shop.suppliers.models import SupplierState

MONTHS, ORDERS, SEED = 24, 60, 20260101
MOST_MONTHS, MOST_ORDERS = 60, 1000
PROVINCE = "浙江省"
#: Ends the purpose of every purchase of the history.
MARK = "（演示历史）"
#: Of the year's business: Spring Festival, the Dragon Boat and Mid-Autumn Festivals, the warm clothes of December.
SEASON = {1: 1.7, 2: 0.7, 3: 0.7, 4: 0.8, 5: 0.9, 6: 1.2, 7: 0.8, 8: 0.9, 9: 1.7, 10: 0.9, 11: 1.0, 12: 1.3}
OCCASIONS = {1: "春节慰问", 3: "妇女节慰问", 5: "劳动节慰问", 6: "端午慰问", 9: "中秋慰问", 12: "冬季送温暖"}
#: So much more in a year than in the one before.
GROWTH = 0.28
#: Of all orders so many are units'; of these so many are paid after acceptance.
UNITS_PART, TERMS_PART = 0.15, 0.5
RESIDENT_PART = 0.03
#: How much of what is sold comes from a region; of one that is not named, as much as of the last.
REGIONS = {"wangcang": 42, "longquan": 30, "kangding": 14, "gongzhuling": 9, "lvyuan": 5}


class Course(StrEnum):
    """How a resident's order goes."""

    RECEIVED = "received"
    BY_CLOCK = "by_clock"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED_BEFORE = "refunded_before"
    REFUNDED_AFTER = "refunded_after"
    RETURNED = "returned"


COURSES = {
    Course.RECEIVED: 70,
    Course.BY_CLOCK: 12,
    Course.CANCELLED: 4,
    Course.EXPIRED: 2,
    Course.REFUNDED_BEFORE: 4,
    Course.REFUNDED_AFTER: 4,
    Course.RETURNED: 4,
}


@dataclass(frozen=True)
class History:
    """What decides everything: the seed, the first month, how many are closed, orders a month, and the last moment."""

    seed: int
    first: dt.date
    months: int
    orders: int
    until: dt.datetime

    @property
    def closed(self) -> list[dt.date]:
        """Return the months that are closed in the end."""
        return list(_months(self.first, self.months))

    @property
    def all_months(self) -> list[dt.date]:
        """Return the months in which something happens: those, and what has passed since of the open ones."""
        last = clock.local_date(self.until).replace(day=1)
        count = (last.year - self.first.year) * 12 + last.month - self.first.month + 1
        return list(_months(self.first, count))


def _months(first: dt.date, count: int) -> Iterator[dt.date]:
    month = first
    for _index in range(count):
        yield month
        month = month_end(month)


@dataclass(frozen=True)
class Sale:
    """A resident's order; `hours` are the waits before it is shipped, signed for and received."""

    name: str
    placed_at: dt.datetime
    course: Course
    by_guest: bool
    recipient: Recipient
    lines: tuple[tuple[int, int], ...]
    hours: tuple[int, int, int]
    number: int

    def tracking_number(self, supplier: str) -> str:
        """Return the number of the parcel of a supplier."""
        return f"DH{self.placed_at.astimezone(clock.SHANGHAI):%y%m}R{self.number:04d}{supplier.upper()}"


@dataclass(frozen=True)
class Purchase:
    """A unit's purchase: which unit (by its place), how paid, what, and how many units it rejects at acceptance."""

    name: str
    asked_at: dt.datetime
    unit: int
    pay_by: PayBy
    quantities: Mapping[int, int]
    rejects: int
    number: int

    @property
    def serial(self) -> str:
        """Return what its parcels and its line of the bank are numbered by."""
        return f"DH{self.asked_at.astimezone(clock.SHANGHAI):%y%m}U{self.number:03d}"

    def invoice_number(self, place: int) -> str:
        """Return twenty digits that no tax office has given, for the invoice of each of its suppliers."""
        return f"{self.asked_at.astimezone(clock.SHANGHAI):%Y%m}{self.number:011d}{place:03d}"


@dataclass(frozen=True)
class Month:
    """What is begun in a month."""

    first_day: dt.date
    sales: tuple[Sale, ...]
    purchases: tuple[Purchase, ...]


class Goods:
    """What can be sold from a day on, by region; a few of each region's goods are wanted much more than the others."""

    def __init__(self, first: dt.date) -> None:
        self.by_region: dict[str, list[int]] = {}
        for product_id, region in _sold_since(first).values_list("pk", "origin__region__slug"):
            self.by_region.setdefault(region, []).append(product_id)

    def pick(self, chance: random.Random, count: int) -> list[int]:
        """Return up to `count` different products."""
        regions = sorted(self.by_region)
        weights = [REGIONS.get(region, min(REGIONS.values())) for region in regions]
        picked: dict[int, None] = {}
        for _try in range(4 * count):
            [region] = chance.choices(regions, weights)
            found = self.by_region[region]
            # Squared: the first goods of a list are picked most.
            picked[found[int(len(found) * chance.random() ** 2)]] = None
            if len(picked) == count:
                break
        return list(picked)


def _sold_since(day: dt.date) -> "QuerySet[Product]":
    """Return the demonstration's goods that counted as consumption support on a day and are on sale now."""
    in_force = Q(origin__valid_from=None) | Q(origin__valid_from__lte=day)
    return (
        Product.objects.filter(
            in_force,
            listing__state=ListingState.PUBLISHED,
            listing__supplier__demo=True,
            listing__supplier__state=SupplierState.ADMITTED,
            listing__supplier__admitted_on__lte=day,
            listing__supplier__freight_templates__starts_on__lte=day,
            origin__claim_state=ClaimState.VERIFIED,
            origin__verified_on__lte=day,
            origin__valid_until=None,
            purchase_limits=None,
            stockrecords__isnull=False,
        )
        .distinct()
        .order_by("listing__sku")
    )


def plan_of(history: History, month: dt.date, goods: Goods, units: Sequence[bool]) -> Month:
    """Return what is begun in a month. `units` are the units there are: whether each may pay after acceptance."""
    chance = random.Random(f"{history.seed}:{month:%Y-%m}")
    years = (month.year - history.first.year) + (month.month - history.first.month) / 12
    middle = (history.months - 1) / 24
    count = max(2, round(history.orders * SEASON[month.month] * (1 + GROWTH * (years - middle))))
    purchases = max(1, round(count * UNITS_PART))
    return Month(
        month,
        tuple(_sale(number, month, chance, goods) for number in range(1, count - purchases + 1)),
        tuple(_purchase(number, month, chance, goods, units) for number in range(1, purchases + 1)),
    )


def _moment(month: dt.date, chance: random.Random, hours: tuple[int, int]) -> dt.datetime:
    day = month + dt.timedelta(days=chance.randrange((month_end(month) - month).days))
    time = dt.time(chance.randint(*hours), chance.randrange(60))
    return dt.datetime.combine(day, time, tzinfo=clock.SHANGHAI)


def _sale(number: int, month: dt.date, chance: random.Random, goods: Goods) -> Sale:
    [course] = chance.choices(list(COURSES), list(COURSES.values()))
    products = goods.pick(chance, chance.choice((1, 2, 2, 3)))
    name, street, house = chance.choice(NAMES), chance.choice(STREETS), chance.randint(1, 300)
    return Sale(
        name=f"演示历史 {month:%Y-%m} {number:04d}",
        placed_at=_moment(month, chance, (8, 21)),
        course=course,
        by_guest=chance.random() > RESIDENT_PART,
        recipient=Recipient(
            name=name,
            phone=f"1380000{chance.randint(0, 9999):04d}",
            province=PROVINCE,
            city="杭州市",
            county="萧山区",
            street=f"{street}示例路{house}号",
        ),
        lines=tuple((product_id, chance.choice((1, 1, 2, 3))) for product_id in products),
        hours=(chance.randint(16, 50), chance.randint(40, 100), chance.randint(2, 120)),
        number=number,
    )


def _purchase(
    number: int, month: dt.date, chance: random.Random, goods: Goods, units: Sequence[bool]
) -> Purchase:
    # The first of a month is the demonstration union's, so that its people have something to look at.
    unit = 0 if number == 1 else chance.randrange(len(units))
    on_terms = chance.random() < TERMS_PART and units[unit]
    occasion = OCCASIONS.get(month.month, "食堂采购")
    return Purchase(
        name=f"{month:%Y-%m} {occasion} {number:03d}{MARK}",
        asked_at=_moment(month, chance, (8, 15)),
        unit=unit,
        pay_by=PayBy.TERMS if on_terms else PayBy.TRANSFER,
        quantities={
            product_id: chance.choice((400, 600, 1000, 1600, 2400))
            for product_id in goods.pick(chance, chance.randint(2, 5))
        },
        rejects=chance.choice((0, 0, 3)) if on_terms else 0,
        number=number,
    )
