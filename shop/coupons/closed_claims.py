"""What closed accounts had claimed: a limit for one person is one for whoever closes an account and opens another."""

from django.db.models import Count, F, Sum
from django.utils.crypto import salted_hmac

from shop.accounts.models import User
from shop.core import clock
from shop.core.locks import lock
from shop.coupons.models import ClosedClaim, Coupon

_SALT = "shop.coupons.closed_claims"


def digest_of(campaign_id: int, person: str) -> str:
    """Return what names a person within one campaign: nobody gets from it to the number, or to another campaign."""
    return salted_hmac(_SALT, f"{campaign_id}:{person}", algorithm="sha256").hexdigest()


def had_before(campaign_id: int, person: str) -> int:
    """Return how many coupons of a campaign closed accounts of this person had. One query."""
    known = ClosedClaim.objects.filter(campaign_id=campaign_id, digest=digest_of(campaign_id, person))
    return known.aggregate(total=Sum("coupons"))["total"] or 0


def note_closed_claims(user_id: int) -> None:
    """Keep how many coupons of each running campaign the person has had. Safe to call twice.

    Nothing says afterwards which closed account it was. Call it in the transaction that closes the account and after
    its row is locked, so that no claim is under way.
    """
    person = lock(User.objects.filter(pk=user_id, closed_at=None)).first()
    name = (person.phone or person.email) if person else None
    if not name:
        return
    running = Coupon.objects.filter(user_id=user_id, is_closed=False, campaign__ends_on__gte=clock.today())
    rows = dict(running.order_by().values_list("campaign").annotate(owned=Count("pk")))
    for campaign_id, owned in rows.items():
        kept, _made = ClosedClaim.objects.get_or_create(
            campaign_id=campaign_id, digest=digest_of(campaign_id, name), defaults={"coupons": 0}
        )
        ClosedClaim.objects.filter(pk=kept.pk).update(coupons=F("coupons") + owned)
    Coupon.objects.filter(user_id=user_id, campaign__in=rows).update(is_closed=True)


def forget_closed_claims() -> int:
    """Delete what is known of closed accounts' coupons of campaigns that are over; return how many rows."""
    return ClosedClaim.objects.filter(campaign__ends_on__lt=clock.today()).delete()[0]
