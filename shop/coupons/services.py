"""The verbs of coupons: read this first, then the module of the verb.

A campaign: write_campaign → approve_campaign by another person → pause_campaign, resume_campaign → end_campaign.
A coupon: claim_coupon → use_coupon when an order is placed → give_back_coupon when nothing comes of the order
(take_again when late money reopens it), or lapse_due_coupons, lapse_coupons_of.
"""

from shop.coupons.campaigns import (
    Terms,
    approve_campaign,
    end_campaign,
    pause_campaign,
    resume_campaign,
    write_campaign,
)
from shop.coupons.claiming import (
    claim_coupon,
    give_back_coupon,
    lapse_coupons_of,
    lapse_due_coupons,
    refusal,
    take_again,
    use_coupon,
)
from shop.coupons.exceptions import CampaignRefused, CouponRefused

__all__ = [
    "CampaignRefused",
    "CouponRefused",
    "Terms",
    "approve_campaign",
    "claim_coupon",
    "end_campaign",
    "give_back_coupon",
    "lapse_coupons_of",
    "lapse_due_coupons",
    "pause_campaign",
    "refusal",
    "resume_campaign",
    "take_again",
    "use_coupon",
    "write_campaign",
]
