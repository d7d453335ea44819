"""What coupons came to: used, taken off, and how much of that their bearer still bears after refunds."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from shop.coupons import selectors
from shop.coupons.models import Coupon
from shop.coupons.status import CouponState
from shop.ordering.models import LineShare
from shop.ordering.status import PaymentState


@dataclass(frozen=True)
class CampaignFigures:
    """Of one campaign: coupons in orders that stand, fen that they took off, fen borne of orders that are paid."""

    used: int = 0
    given_fen: int = 0
    borne_fen: int = 0


def campaign_figures(campaign_ids: Collection[int]) -> dict[int, CampaignFigures]:
    """Return the figures by campaign, none for one whose coupons are not used. Two queries.

    Borne is what settlement reckons with: the discount of the goods that are paid and not refunded.
    """
    borne = dict(
        _paid_shares(used_coupons(campaign_ids))
        .annotate(campaign_id=_campaign())
        .values_list("campaign_id")
        .annotate(borne=Sum(_BORNE))
    )
    return {
        campaign: CampaignFigures(used, given, borne.get(campaign, 0))
        for campaign, (used, given) in selectors.figures_of(campaign_ids).items()
    }


def used_coupons(campaign_ids: Collection[int]) -> QuerySet[Coupon]:
    """Return the coupons of these campaigns that are used, the last one first."""
    return Coupon.objects.filter(campaign__in=campaign_ids, state=CouponState.USED).order_by(
        "-used_at", "-pk"
    )


def borne_by_order(order_numbers: Collection[str]) -> dict[str, int]:
    """Return by order the fen that are borne of its coupon; an order that is not paid is absent. One query."""
    shares = LineShare.objects.filter(record__number__in=order_numbers, discount_fen__gt=0)
    rows = _paid(shares).values_list("record__number").annotate(borne=Sum(_BORNE))
    return dict(rows)


#: Rounded down twice, as settlement does: for what was taken off the order before it was paid, and for refunds.
_BOUGHT = F("fen") - F("reduced_fen")
_BORNE = F("discount_fen") * _BOUGHT / F("fen") * (_BOUGHT - F("refunded_fen")) / _BOUGHT


def _paid_shares(coupons: QuerySet[Coupon]) -> QuerySet[LineShare]:
    numbers = coupons.order_by().values("order_number")
    return _paid(LineShare.objects.filter(record__number__in=numbers, discount_fen__gt=0))


def _paid(shares: QuerySet[LineShare]) -> QuerySet[LineShare]:
    return shares.filter(record__payment_state=PaymentState.PAID, fen__gt=F("reduced_fen")).order_by()


def _campaign() -> Subquery:
    used = Coupon.objects.filter(order_number=OuterRef("record__number"), state=CouponState.USED)
    return Subquery(used.values("campaign")[:1])
