"""Campaigns of the shop and of suppliers, and the coupons that people claimed of them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from oscar.apps.catalogue.models import Product

from shop.coupons.status import Bearer, CampaignKind, CampaignScope, CampaignState, CouponState
from shop.regions.models import PartnerRegion
from shop.suppliers.models import Supplier

#: A coupon takes off at most this much of the goods that it is for, so that no line is ever given away.
MOST_PERCENT = 90


class Campaign(models.Model):
    """Money off some goods: a number of coupons, from one day to another (both in Shanghai, inclusive).

    Fixed: `off_fen` from goods worth `minimum_fen`. Percent: `percent` of the goods, `cap_fen` at most. Only the
    goods of its scope count for the minimum and get cheaper. `supplier` is whose goods it is for, or who bears it.
    """

    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=CampaignKind.choices)
    off_fen = models.BigIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0)
    cap_fen = models.BigIntegerField(default=0)
    minimum_fen = models.BigIntegerField(default=0)
    scope = models.CharField(max_length=8, choices=CampaignScope.choices)
    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, null=True, related_name="campaigns")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, related_name="campaigns")
    products = models.ManyToManyField(Product, related_name="campaigns")
    borne_by = models.CharField(max_length=8, choices=Bearer.choices)
    begins_on = models.DateField()
    ends_on = models.DateField()
    pieces = models.PositiveIntegerField(help_text="coupons that can be claimed of it in all")
    claimed = models.PositiveIntegerField(default=0, help_text="coupons that were claimed of it")
    person_limit = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=8, choices=CampaignState.choices, default=CampaignState.DRAFT)
    created_by = models.BigIntegerField()
    created_at = models.DateTimeField()
    approved_by = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="fixed", off_fen__gt=0, percent=0, cap_fen=0)
                & Q(minimum_fen__gte=F("off_fen") * 100 / MOST_PERCENT)
                | Q(kind="percent", percent__range=(1, MOST_PERCENT), cap_fen__gt=0, off_fen=0)
                & Q(minimum_fen__gte=0),
                name="campaign_money",
            ),
            models.CheckConstraint(
                condition=Q(scope="shop", region=None, supplier=None)
                | Q(scope="region", region__isnull=False, supplier=None)
                | Q(scope="supplier", region=None, supplier__isnull=False)
                | Q(scope="products", region=None),
                name="campaign_of_one_scope",
            ),
            models.CheckConstraint(
                condition=Q(borne_by="shop") | Q(supplier__isnull=False), name="campaign_borne_by_somebody"
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("begins_on")), name="campaign_days"),
            models.CheckConstraint(
                condition=Q(pieces__gt=0, person_limit__gt=0) & Q(claimed__lte=F("pieces")),
                name="campaign_budget_kept",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, state__in=("draft", "ended"))
                | Q(approved_by__isnull=False, approved_at__isnull=False)
                & ~Q(state="draft")
                & ~Q(approved_by=F("created_by")),
                name="campaign_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["state", "ends_on"], name="campaign_open")]

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """One coupon of a person: the `number`-th that they claimed of its campaign.

    `code` names it on pages; it opens nothing for anybody else. While it is used it carries its order's number and
    what it took off there.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="coupons")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coupons")
    number = models.PositiveSmallIntegerField()
    person_limit = models.PositiveSmallIntegerField(help_text="of its campaign, when it was claimed")
    code = models.CharField(max_length=16, unique=True)
    state = models.CharField(max_length=8, choices=CouponState.choices, default=CouponState.CLAIMED)
    claimed_at = models.DateTimeField()
    order_number = models.CharField(max_length=32, default="", blank=True)
    discount_fen = models.BigIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="when it came back or lapsed")
    is_closed = models.BooleanField(
        default=False, help_text="its person's account is closed, see ClosedClaim"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user", "number"], name="coupon_once"),
            models.UniqueConstraint(
                fields=["order_number"], condition=Q(state="used"), name="coupon_one_per_order"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1) & Q(number__lte=F("person_limit")), name="coupon_person_limit"
            ),
            models.CheckConstraint(
                condition=Q(state="used", discount_fen__gt=0, used_at__isnull=False) & ~Q(order_number="")
                | ~Q(state="used") & Q(discount_fen=0),
                name="coupon_used_for_an_order",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "state"], name="coupon_of_user"),
            models.Index(fields=["order_number"], name="coupon_of_order"),
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """An order that a coupon was used for, whatever came of it: money that comes late finds its coupon here.

    The coupon itself carries the order that it is used for now. Rows stay as they were written.
    """

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses")
    order_number = models.CharField(max_length=32, unique=True)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.order_number


class ClosedClaim(models.Model):
    """How many coupons of a campaign a person had whose account is closed, until the campaign is over.

    `digest` is of the number or address that the person signed in with, another one for each campaign, and says
    nothing without the shop's secret. It only keeps a new account of the same person to the limit.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="closed_claims")
    digest = models.CharField(max_length=64)
    coupons = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "digest"], name="closed_claim_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.coupons}"
