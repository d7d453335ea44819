"""Campaigns that are approved and open, and claimed coupons of them."""

import datetime as dt
from typing import Any

from shop.accounts.models import User
from shop.core import clock
from shop.coupons.campaigns import Terms, approve_campaign, write_campaign
from shop.coupons.models import Campaign, Coupon
from shop.coupons.services import claim_coupon

WRITER, APPROVER = 101, 102


def campaign_terms(**fields: Any) -> Terms:
    """Return ¥20 off from ¥100 on all goods, borne by the shop, a month from today; or with other fields."""
    today = clock.today()
    values: dict[str, Any] = {
        "name": "开学季满减",
        "kind": "fixed",
        "scope": "shop",
        "borne_by": "shop",
        "begins_on": today,
        "ends_on": today + dt.timedelta(days=30),
        "pieces": 100,
    }
    if fields.get("kind", "fixed") == "fixed":
        values |= {"off_fen": 2_000, "minimum_fen": 10_000}
    return Terms(**(values | fields))


def make_campaign(**fields: Any) -> Campaign:
    """Return an approved campaign of these terms."""
    campaign = write_campaign(terms=campaign_terms(**fields), demo=True, actor_id=WRITER)
    return approve_campaign(campaign_id=campaign.pk, actor_id=APPROVER)


def make_coupon(user: User, campaign: Campaign | None = None, **fields: Any) -> Coupon:
    """Return the first coupon of the campaign, or of a new one of these terms, claimed by the user."""
    campaign = campaign or make_campaign(**fields)
    return claim_coupon(campaign_id=campaign.pk, user_id=user.pk)
