"""Which state may follow which: campaigns and coupons. docs/states.md is written from these tables."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.coupons.status import USABLE, CampaignState, CouponState

CAMPAIGN = StateTable(
    "Campaign",
    "coupons.Campaign.state",
    (
        Move(
            BEGINNING,
            CampaignState.DRAFT,
            "written by one person",
            ("coupons.write_campaign",),
            "campaign.written",
        ),
        Move(
            CampaignState.DRAFT,
            CampaignState.APPROVED,
            "approved by another",
            ("coupons.approve_campaign",),
            "campaign.approved",
        ),
        Move(
            CampaignState.APPROVED,
            CampaignState.PAUSED,
            "no coupons can be claimed for a while; claimed ones hold",
            ("coupons.pause_campaign",),
            "campaign.paused",
        ),
        Move(
            CampaignState.PAUSED,
            CampaignState.APPROVED,
            "coupons can be claimed again",
            ("coupons.resume_campaign",),
            "campaign.resumed",
        ),
        *(
            Move(old, CampaignState.ENDED, "ended for good", ("coupons.end_campaign",), "campaign.ended")
            for old in (CampaignState.DRAFT, CampaignState.APPROVED, CampaignState.PAUSED)
        ),
    ),
)
COUPON = StateTable(
    "Coupon",
    "coupons.Coupon.state",
    (
        Move(
            BEGINNING,
            CouponState.CLAIMED,
            "claimed by a person, within the budget and the limit per person",
            ("coupons.claim_coupon",),
            "Coupon.claimed_at",
        ),
        *(
            Move(
                old,
                CouponState.USED,
                "an order is placed with it, or reopened by late money",
                ("coupons.use_coupon", "coupons.take_again"),
                "Coupon.used_at",
            )
            for old in (*USABLE, CouponState.LAPSED)
        ),
        Move(
            CouponState.USED,
            CouponState.RETURNED,
            "its order is closed unpaid, or refunded whole",
            ("coupons.give_back_coupon",),
            "Coupon.ended_at",
        ),
        Move(
            CouponState.USED,
            CouponState.LAPSED,
            "its order came to nothing after the campaign was over",
            ("coupons.give_back_coupon",),
            "Coupon.ended_at",
        ),
        *(
            Move(
                old,
                CouponState.LAPSED,
                "its campaign is over, or its person's account is closed",
                ("coupons.lapse_due_coupons", "coupons.lapse_coupons_of"),
                "Coupon.ended_at",
            )
            for old in USABLE
        ),
    ),
)
TABLES = (CAMPAIGN, COUPON)
