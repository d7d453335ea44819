"""Read campaigns and coupons. Every list takes the caller's scope."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from shop.accounts.scope import Scope
from shop.core import clock
from shop.coupons.models import Campaign, Coupon
from shop.coupons.rules import Rule
from shop.coupons.status import USABLE, Bearer, CampaignState, CouponState

#: More usable coupons than this one person's checkout does not weigh.
MOST_OFFERS = 50


@dataclass(frozen=True)
class Offer:
    """A usable coupon of a person as a basket sees it; `by_shop`: the shop bears it, not the supplier."""

    code: str
    name: str
    rule: Rule
    by_shop: bool
    ends_on: dt.date
    demo: bool


def offers_of(scope: Scope) -> list[Offer]:
    """Return the coupons that the person can use today, the first to end at the front. Two queries, guests' none."""
    if scope.user_id is None:
        return []
    today = clock.today()
    usable = Coupon.objects.filter(
        user_id=scope.user_id,
        state__in=USABLE,
        campaign__begins_on__lte=today,
        campaign__ends_on__gte=today,
    )
    rows = usable.select_related("campaign__region", "campaign__supplier")
    rows = rows.prefetch_related("campaign__products").order_by("campaign__ends_on", "pk")
    return [offer_of(coupon) for coupon in rows[:MOST_OFFERS]]


def offer_of(coupon: Coupon) -> Offer:
    """Return a coupon as a basket sees it."""
    campaign = coupon.campaign
    return Offer(
        code=coupon.code,
        name=campaign.name,
        rule=rule_of(campaign),
        by_shop=campaign.borne_by == Bearer.SHOP,
        ends_on=campaign.ends_on,
        demo=campaign.demo,
    )


def rule_of(campaign: Campaign) -> Rule:
    """Return the terms of a campaign that was read with its region, supplier and products."""
    return Rule(
        kind=campaign.kind,
        scope=campaign.scope,
        off_fen=campaign.off_fen,
        percent=campaign.percent,
        cap_fen=campaign.cap_fen,
        minimum_fen=campaign.minimum_fen,
        region=campaign.region.slug if campaign.region else "",
        supplier=campaign.supplier.code if campaign.supplier else "",
        products=frozenset(product.pk for product in campaign.products.all()),
    )


def campaigns(scope: Scope) -> QuerySet[Campaign]:
    """Return campaigns, the newest first: all of them, or those of the scope's suppliers."""
    found = Campaign.objects.select_related("region", "supplier").prefetch_related("products").order_by("-pk")
    return found if scope.everything else found.filter(supplier__code__in=scope.suppliers)


def open_campaigns() -> QuerySet[Campaign]:
    """Return the campaigns of which coupons can be claimed today, those that end first at the front: for everybody."""
    today = clock.today()
    found = Campaign.objects.filter(state=CampaignState.APPROVED, begins_on__lte=today, ends_on__gte=today)
    return found.select_related("region", "supplier").order_by("ends_on", "pk")[:MOST_OFFERS]


def owned(scope: Scope) -> dict[int, int]:
    """Return by campaign how many coupons the person has claimed of it. One query, guests' none."""
    if scope.user_id is None:
        return {}
    rows = Coupon.objects.filter(user_id=scope.user_id).order_by().values_list("campaign_id")
    return dict(rows.annotate(count=Count("pk")))


def coupons_of(scope: Scope, tab: str) -> QuerySet[Coupon]:
    """Return the person's coupons: usable ones, or those `used` or `lapsed`, the campaign over or not."""
    over = Q(state__in=USABLE, campaign__ends_on__lt=clock.today())
    found = Coupon.objects.filter(user_id=scope.user_id or 0)
    found = found.select_related("campaign__region", "campaign__supplier")
    if tab == "used":
        return found.filter(state=CouponState.USED).order_by("-used_at", "-pk")
    if tab == "lapsed":
        return found.filter(Q(state=CouponState.LAPSED) | over).order_by("-pk")
    return found.filter(state__in=USABLE).exclude(over).order_by("campaign__ends_on", "pk")


def figures_of(campaign_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return by campaign how many of its coupons are used, and what they took off, in fen. One query."""
    used = Coupon.objects.filter(campaign__in=campaign_ids, state=CouponState.USED).order_by()
    rows = used.values_list("campaign").annotate(count=Count("pk"), fen=Sum("discount_fen"))
    return {campaign: (count, fen) for campaign, count, fen in rows}
