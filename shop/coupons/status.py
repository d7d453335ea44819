"""The words of campaigns and coupons."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CampaignKind(models.TextChoices):
    FIXED = "fixed", _("An amount off from a minimum")
    PERCENT = "percent", _("A percentage off with a cap")


class CampaignScope(models.TextChoices):
    SHOP = "shop", _("All goods")
    REGION = "region", _("Goods from one region")
    SUPPLIER = "supplier", _("Goods of one supplier")
    PRODUCTS = "products", _("Chosen products")


class Bearer(models.TextChoices):
    SHOP = "shop", _("The shop")
    SUPPLIER = "supplier", _("The supplier")


class CampaignState(models.TextChoices):
    DRAFT = "draft", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


class CouponState(models.TextChoices):
    CLAIMED = "claimed", _("Not used yet")
    USED = "used", _("Used")
    RETURNED = "returned", _("Came back")
    LAPSED = "lapsed", _("Lapsed")


#: What may be used for an order.
USABLE = (CouponState.CLAIMED, CouponState.RETURNED)
