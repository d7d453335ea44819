"""Many campaigns and coupons of one person, written behind the services: for counting queries."""

import datetime as dt
from collections.abc import Sequence

from oscar.apps.catalogue.models import Product

from shop.accounts.models import User
from shop.core import clock
from shop.coupons.models import Campaign, Coupon
from shop.suppliers.models import Supplier
from tests.factories.coupons import APPROVER, WRITER


def campaigns(span: range, person: User, supplier: Supplier, goods: Sequence[Product]) -> int:
    """Open as many campaigns that a supplier bears, one for each product; return the first, which is for all.

    The person has a coupon of each that can be used, one that is used, and one that lapsed.
    """
    now, today = clock.now(), clock.today()
    new = Campaign.objects.bulk_create(
        Campaign(
            name=f"满减{number}",
            kind="fixed",
            off_fen=2_000,
            minimum_fen=10_000,
            scope="products",
            supplier=supplier,
            borne_by="supplier",
            begins_on=today,
            ends_on=today + dt.timedelta(days=30),
            pieces=100,
            claimed=3,
            person_limit=4,
            state="approved",
            created_by=WRITER,
            created_at=now,
            approved_by=APPROVER,
            approved_at=now,
        )
        for number in span
    )
    first = Campaign.objects.earliest("pk")
    first.products.add(*(goods[number] for number in span))
    for number, campaign in zip(span, new, strict=True):
        if campaign != first:
            campaign.products.add(goods[number])
    Coupon.objects.bulk_create(
        Coupon(
            campaign=campaign,
            user=person,
            number=place,
            person_limit=4,
            code=f"{campaign.pk}-{place}",
            state=state,
            claimed_at=now,
            order_number=f"YS-COUPON-{campaign.pk}" if state == "used" else "",
            discount_fen=2_000 if state == "used" else 0,
            used_at=now if state == "used" else None,
        )
        for campaign in new
        for place, state in enumerate(("claimed", "used", "lapsed"), start=1)
    )
    return first.pk
