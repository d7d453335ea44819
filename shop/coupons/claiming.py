"""Coupons that people use: claimed, used for an order, given back, lapsed."""

import secrets

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.core import clock
from shop.core.locks import held_values, lock
from shop.coupons.closed_claims import forget_closed_claims, had_before, note_closed_claims
from shop.coupons.exceptions import CouponRefused
from shop.coupons.models import Campaign, Coupon, CouponUse
from shop.coupons.status import USABLE, CampaignState, CouponState
from shop.listings.services.marks import mark_change

#: Crockford's base 32: no letter that is read as a digit. 13 letters are 65 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 13


def claim_coupon(*, campaign_id: int, user_id: int, number: int = 1) -> Coupon:
    """Give the person their `number`-th coupon of an open campaign; the campaign counts it.

    Safe to call twice, also at the same moment: the person's `number`-th coupon is made once. Raises CouponRefused:
    not_open before, after and without approval and for a closed account, gone when all are claimed, limit when one
    person gets no more, with this account or with one that they have closed.
    """
    with transaction.atomic():
        # Whoever closes the account waits, or has closed it: what it has claimed is all there then.
        person = _person(user_id)
        campaign = lock(Campaign.objects.filter(pk=campaign_id)).first()
        known = Coupon.objects.filter(campaign_id=campaign_id, user_id=user_id, number=number).first()
        if known is not None:
            return known
        if campaign is None or person is None or not is_open(campaign):
            raise CouponRefused(_("These coupons cannot be claimed now."), code="not_open", field="campaign")
        had = Coupon.objects.filter(campaign_id=campaign_id, user_id=user_id).count()
        if had + had_before(campaign_id, person) >= campaign.person_limit or number != had + 1:
            raise CouponRefused(
                _("One person can claim at most %(most)d of these coupons.")
                % {"most": campaign.person_limit},
                code="limit",
                field="campaign",
            )
        free = Campaign.objects.filter(pk=campaign_id, claimed__lt=F("pieces"))
        if not free.update(claimed=F("claimed") + 1):
            raise CouponRefused(_("All of these coupons have been claimed."), code="gone", field="campaign")
        if campaign.claimed + 1 == campaign.pieces:
            mark_change()  # Pages that offer it are no longer so; other claims change nothing on them.
        return Coupon.objects.create(
            campaign=campaign,
            user_id=user_id,
            number=number,
            person_limit=campaign.person_limit,
            code="".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH)),
            claimed_at=clock.now(),
        )


def is_open(campaign: Campaign) -> bool:
    """Return whether coupons of a campaign can be claimed today."""
    return (
        campaign.state == CampaignState.APPROVED and campaign.begins_on <= clock.today() <= campaign.ends_on
    )


def use_coupon(*, code: str, user_id: int, order_number: str, discount_fen: int) -> None:
    """Use the person's coupon for an order that is being placed; call it in the transaction of the order.

    One conditional UPDATE: of two orders at the same moment one gets it. Safe to call again for the same order.
    Raises CouponRefused (coupon_gone) for an unknown, used, lapsed or somebody else's coupon alike.
    """
    today = clock.today()
    own = Coupon.objects.filter(code=code, user_id=user_id)
    # No join: Django would move the conditions into a subquery, which PostgreSQL does not ask again after it has
    # waited for the row.
    running = Campaign.objects.filter(begins_on__lte=today, ends_on__gte=today)
    if own.filter(state__in=USABLE, campaign__in=running).update(
        state=CouponState.USED,
        order_number=order_number,
        discount_fen=discount_fen,
        used_at=clock.now(),
        ended_at=None,
    ):
        coupon_id = own.values_list("pk", flat=True).get()
        CouponUse.objects.create(coupon_id=coupon_id, order_number=order_number, used_at=clock.now())
        return
    if not own.filter(state=CouponState.USED, order_number=order_number).exists():
        raise refusal()


def refusal() -> CouponRefused:
    """Return what is said of every coupon that cannot be used, whatever is wrong with it."""
    return CouponRefused(
        _("This coupon cannot be used any more. Please choose another one, or none."),
        code="coupon_gone",
        field="coupon",
    )


def give_back_coupon(*, order_number: str) -> bool:
    """Give a person the coupon of an order back that came to nothing; lapsed when its campaign is over.

    Returns whether there was one to give back: safe to call twice, and for an order without a coupon.
    """
    now, used = clock.now(), Coupon.objects.filter(order_number=order_number, state=CouponState.USED)
    back = {"discount_fen": 0, "ended_at": now}
    over = used.filter(campaign__in=_ended()).update(state=CouponState.LAPSED, **back)
    return bool(over + used.update(state=CouponState.RETURNED, **back))


def take_again(*, order_number: str, discount_fen: int) -> bool:
    """Use the coupon of an order that was closed and is paid late after all; it holds although it may have lapsed.

    Returns False, and changes nothing, while it is used for another order. Safe to call twice.
    """
    use = CouponUse.objects.filter(order_number=order_number).first()
    if use is None:
        return False
    # By its key and its own columns alone: of two orders that are paid late at the same moment one gets it.
    own = Coupon.objects.filter(pk=use.coupon_id)
    if own.filter(state=CouponState.USED, order_number=order_number).exists():
        return True
    return bool(
        own.filter(state__in=(*USABLE, CouponState.LAPSED)).update(
            state=CouponState.USED,
            order_number=order_number,
            discount_fen=discount_fen,
            used_at=clock.now(),
            ended_at=None,
        )
    )


def lapse_due_coupons() -> int:
    """Let the unused coupons of campaigns that are over lapse; return how many. Safe to call twice.

    What closed accounts had claimed of them is forgotten.
    """
    forget_closed_claims()
    over = Coupon.objects.filter(state__in=USABLE, campaign__in=_ended())
    return over.update(state=CouponState.LAPSED, ended_at=clock.now())


def _ended() -> QuerySet[Campaign]:
    return Campaign.objects.filter(ends_on__lt=clock.today())


def lapse_coupons_of(*, user_id: int) -> int:
    """Let a person's unused coupons lapse: their account is closed. Return how many. Safe to call twice.

    How many they had of each campaign is kept until it is over, so that a new account starts no new count. Call it
    in the transaction that closes the account, while their number is still known.
    """
    note_closed_claims(user_id)
    own = Coupon.objects.filter(user_id=user_id, state__in=USABLE)
    return own.update(state=CouponState.LAPSED, ended_at=clock.now())


def _person(user_id: int) -> str | None:
    """Return what the person signs in with, None for a closed account; keep it from being closed meanwhile."""
    rows = held_values(User.objects.filter(pk=user_id, closed_at=None), "phone", "email")
    return next((phone or email for phone, email in rows), None)
