"""Read campaigns and coupons. Every list takes the caller's scope."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, When, Window
from django.db.models.functions import RowNumber

from shop.accounts.scope import Scope
from shop.core import clock
from shop.coupons.models import Campaign, Coupon
from shop.coupons.rules import Rule
from shop.coupons.status import USABLE, Bearer, CampaignState, CouponState
from shop.listings.selectors import Shelf
from shop.suppliers.models import Supplier


@dataclass(frozen=True)
class Offer:
    """A usable coupon of a person as a basket sees it; `by_shop`: the shop bears it, not the supplier.

    `equal` coupons of its campaign are the person's, this one among them.
    """

    code: str
    name: str
    rule: Rule
    by_shop: bool
    ends_on: dt.date
    demo: bool
    equal: int


def offers_of(scope: Scope, code: str = "") -> list[Offer]:
    """Return the coupons that the person can use today, one of each campaign, the first to end at the front.

    Of equal ones that with the `code`, where there is one. Two queries, guests' none.
    """
    if scope.user_id is None:
        return []
    today = clock.today()
    usable = Coupon.objects.filter(
        user_id=scope.user_id,
        state__in=USABLE,
        campaign__begins_on__lte=today,
        campaign__ends_on__gte=today,
    )
    rows = _one_of_each(usable, code).select_related("campaign__region", "campaign__supplier")
    rows = rows.prefetch_related("campaign__products").order_by("campaign__ends_on", "pk")
    return [offer_of(coupon, coupon.equal) for coupon in rows]


def _one_of_each(found: QuerySet[Coupon], code: str = "") -> Any:
    """Return one coupon of each campaign, `equal` says how many there are."""
    asked_first = Case(When(code=code, then=0), default=1, output_field=IntegerField())
    by_campaign = F("campaign_id")
    return found.annotate(
        equal=Window(Count("pk"), partition_by=by_campaign),
        place=Window(RowNumber(), partition_by=by_campaign, order_by=[asked_first, F("pk").asc()]),
    ).filter(place=1)


def offer_of(coupon: Coupon, equal: int = 1) -> Offer:
    """Return a coupon as a basket sees it."""
    campaign = coupon.campaign
    return Offer(
        code=coupon.code,
        name=campaign.name,
        rule=rule_of(campaign),
        by_shop=campaign.borne_by == Bearer.SHOP,
        ends_on=campaign.ends_on,
        demo=campaign.demo,
        equal=equal,
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


def borne_campaigns(supplier: Supplier) -> QuerySet[Campaign]:
    """Return the campaigns that a supplier bears and two people of the shop agreed to, the newest first."""
    return shown_campaigns().filter(supplier=supplier, borne_by=Bearer.SUPPLIER).order_by("-pk")


def open_campaigns() -> QuerySet[Campaign]:
    """Return the campaigns of which coupons can be claimed today, those that end first at the front: for everybody."""
    today = clock.today()
    found = shown_campaigns().filter(state=CampaignState.APPROVED, begins_on__lte=today, ends_on__gte=today)
    return found.order_by("ends_on", "pk")


def shown_campaigns() -> QuerySet[Campaign]:
    """Return the campaigns that everybody may see: all that were approved."""
    found = Campaign.objects.filter(approved_by__isnull=False)
    return found.select_related("region", "supplier").prefetch_related("products")


def open_offers(shelf: Shelf) -> tuple[tuple[Campaign, Rule], ...]:
    """Return what can be claimed today with its terms, to be read only: remembered with the shelf.

    No query, and two after a change of the catalogue, of a campaign, or of the day: as fresh as a direct read, since
    triggers mark every change of a campaign but the number of claimed coupons, and claim_coupon marks the last claim.
    """
    return shelf.remember(("open campaigns", clock.today()), _read_offers)


def _read_offers() -> tuple[tuple[Campaign, Rule], ...]:
    return tuple((one, rule_of(one)) for one in open_campaigns().filter(claimed__lt=F("pieces")))


def owned(scope: Scope) -> dict[int, int]:
    """Return by campaign how many coupons the person has claimed of it. One query, guests' none."""
    if scope.user_id is None:
        return {}
    rows = Coupon.objects.filter(user_id=scope.user_id).order_by().values_list("campaign_id")
    return dict(rows.annotate(count=Count("pk")))


def coupons_of(scope: Scope, tab: str) -> Any:
    """Return the person's coupons: those `used`, or of equal ones that are usable or `lapsed` one with its `equal`."""
    over = Q(state__in=USABLE, campaign__ends_on__lt=clock.today())
    found = Coupon.objects.filter(user_id=scope.user_id or 0)
    found = found.select_related("campaign__region", "campaign__supplier").prefetch_related(
        "campaign__products"
    )
    if tab == "used":
        return found.filter(state=CouponState.USED).order_by("-used_at", "-pk")
    if tab == "lapsed":
        return _one_of_each(found.filter(Q(state=CouponState.LAPSED) | over)).order_by("-pk")
    return _one_of_each(found.filter(state__in=USABLE).exclude(over)).order_by("campaign__ends_on", "pk")


def figures_of(campaign_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return by campaign how many of its coupons are used, and what they took off, in fen. One query."""
    used = Coupon.objects.filter(campaign__in=campaign_ids, state=CouponState.USED).order_by()
    rows = used.values_list("campaign").annotate(count=Count("pk"), fen=Sum("discount_fen"))
    return {campaign: (count, fen) for campaign, count, fen in rows}
