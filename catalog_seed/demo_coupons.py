"""Demonstration campaigns that two people agree to, and the coupons that the resident has claimed of them."""

import datetime as dt
from typing import Any

from catalog_seed.demo_orders import Cast
from shop.accounts.demo import DEMO_SUPPLIERS
from shop.core import clock
from shop.coupons.models import Campaign, Coupon
from shop.coupons.services import Terms, approve_campaign, claim_coupon, write_campaign
from shop.coupons.status import CampaignState
from shop.listings.models import Listing, ListingState

#: A campaign runs for so long from the day on which it is made.
DAYS = 60
#: So many goods are chosen for the campaign of chosen products.
CHOSEN = 3
_WAITS = "待批准的满减"


def make_demo_campaigns(cast: Cast) -> int:
    """Write and approve one campaign of each kind, leave one to be approved, and claim two coupons.

    Through the services; returns how much was done. A second run does nothing, and one that was killed is finished.
    """
    done = 0
    for terms in _plans():
        campaign = Campaign.objects.filter(name=terms.name, demo=True).first()
        if campaign is None:
            campaign = write_campaign(terms=terms, demo=True, actor_id=cast.teller.pk)
            done += 1
        if campaign.state == CampaignState.DRAFT and campaign.name != _WAITS:
            campaign = approve_campaign(campaign_id=campaign.pk, actor_id=cast.reviewer.pk)
    for campaign in Campaign.objects.filter(demo=True, state=CampaignState.APPROVED).order_by("pk")[:2]:
        known = Coupon.objects.filter(campaign=campaign, user_id=cast.resident.pk)
        if not known.exists() and campaign.ends_on >= clock.today():
            claim_coupon(campaign_id=campaign.pk, user_id=cast.resident.pk)
            done += 1
    return done


def _plans() -> list[Terms]:
    today = clock.today()
    supplier = DEMO_SUPPLIERS[0]
    goods = Listing.objects.filter(state=ListingState.PUBLISHED).order_by("-price_fen", "sku")
    chosen = tuple(goods.values_list("sku", flat=True)[:CHOSEN])
    days: dict[str, Any] = {"begins_on": today, "ends_on": today + dt.timedelta(days=DAYS), "pieces": 500}
    by_shop = {**days, "borne_by": "shop"}
    plans = [
        Terms("全场满减", "fixed", "shop", off_fen=2_000, minimum_fen=19_900, person_limit=2, **by_shop),
        Terms(
            "产地优惠",
            "percent",
            "region",
            percent=10,
            cap_fen=3_000,
            minimum_fen=10_000,
            region="wangcang",
            **by_shop,
        ),
        Terms(
            "商家满减",
            "fixed",
            "supplier",
            "supplier",
            off_fen=1_000,
            minimum_fen=8_800,
            supplier=supplier,
            **days,
        ),
        Terms(_WAITS, "fixed", "shop", off_fen=500, minimum_fen=5_000, **by_shop),
    ]
    if chosen:
        plans.append(
            Terms(
                "精选商品券",
                "fixed",
                "products",
                off_fen=3_000,
                minimum_fen=20_000,
                products=chosen,
                **by_shop,
            )
        )
    return plans
