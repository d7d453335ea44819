"""What coupons refuse, each with a message for the person who asked."""

from shop.core.exceptions import ShopError


class CampaignRefused(ShopError):
    """A campaign cannot be written, approved, paused or ended like this; `code` and `field` name why."""


class CouponRefused(ShopError):
    """A coupon cannot be claimed or used; `code` is not_open, gone, limit or coupon_gone."""
