"""A unit that bought of two places in September and October, and a resident with orders of her own."""

import datetime as dt
from typing import Any

from shop.accounts.models import User
from shop.buyers.models import Organisation
from shop.certificates.models import Certificate
from shop.certificates.services import issue_resident_certificate, issue_unit_certificate
from shop.core import clock
from tests.factories import make_pairing, make_product, make_programme, make_region, place
from tests.factories.buyers import make_organisation
from tests.ledger.story import Story, at, item, share

UNIT: dict[str, Any] = {
    "buyer_kind": "union",
    "credited_organisation": "un-001",
    "mode": "direct",
    "channel": "bulk",
}
LONGQUAN: dict[str, Any] = {"region": "longquan", "programme": "mountain-sea", "supplier": "LQ-01"}
SEPTEMBER, OCTOBER, NOVEMBER = (dt.date(2026, month, 1) for month in (9, 10, 11))
NOW = "2026-11-20"


def places() -> None:
    make_region()
    longquan = make_region(slug="longquan", name_zh="龙泉市", paired=False)
    make_pairing(region=longquan, programme=make_programme(slug="mountain-sea", name_zh="山海协作"))


def confirmed(
    key: int, fen: int, units: int = 1, *, day: str, number: str = "", demo: bool = True, **dims: Any
) -> Story:
    """Return an order of one share that is paid and received on a day."""
    sold = [share(key, fen, units, **dims)]
    story = Story(sold, number=number or f"YS20260901-{key:08d}", day=day, demo=demo)
    return story.place().pay().parcel("shipped", key, units).parcel("received", key, units)


def refunded(story: Story, fen: int, units: int, *, day: str) -> None:
    """Ask for fen of an order's share back and execute it."""
    key = story.shares[0]["source_key"]
    part = item(key, units, fen)
    part["parts"] = [{"payment_key": f"pay-{story.number}", "fen": fen}]
    story.refund("requested", f"R-{story.number}", part, day=day)
    story.refund("executed", f"R-{story.number}", part, day=day)


def unit_sales() -> list[Story]:
    """October: 10000 of Wangcang and 6000 of Longquan; September: 500 of Wangcang; 40 of another unit."""
    places()
    return [
        confirmed(1, 10_000, 5, day="2026-10-03", **UNIT),
        confirmed(2, 6_000, 3, day="2026-10-08", **UNIT | LONGQUAN),
        confirmed(3, 500, day="2026-09-28", **UNIT),
        confirmed(4, 40, day="2026-10-08", **UNIT | {"credited_organisation": "un-002"}),
        confirmed(5, 9, day="2026-10-08", demo=False, **UNIT),
        confirmed(6, 77, day="2026-11-10", **UNIT),
    ]


def unit_certificate(unit: Organisation | None = None, **changes: Any) -> Certificate:
    """Certify September and October of the unit, on the 20th of November."""
    wanted: dict[str, Any] = {"first": SEPTEMBER, "last": OCTOBER, "demo": True, "actor_id": 3} | changes
    with clock.set_to(at(NOW)):
        return issue_unit_certificate(organisation_id=(unit or make_organisation()).pk, **wanted)


def own_order(buyer: User, key: int, fen: int, units: int = 1, *, day: str, **dims: Any) -> Story:
    """Return an order that a resident placed, its money and goods as the ledger heard of them."""
    record = place(lines=[(make_product(sku=f"own-{key}"), 1)], buyer=buyer)
    sold = [share(key, fen, units, **dims)]
    story = Story(sold, number=record.number, day=day)
    return story.place().pay().parcel("shipped", key, units).parcel("received", key, units)


def resident_certificate(buyer: User, year: int = 2026) -> Certificate:
    with clock.set_to(at(NOW)):
        return issue_resident_certificate(user_id=buyer.pk, year=year, demo=True)
