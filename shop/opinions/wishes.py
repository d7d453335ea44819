"""The wish list of a person: at most two hundred products, each with the price of the day it was kept on."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.listings.selectors import current_shelf
from shop.opinions.exceptions import WishRefused
from shop.opinions.models import Wish

MOST_WISHES = 200


def wishes(scope: Scope) -> QuerySet[Wish]:
    """Return what the person in the scope has kept, the newest first; nobody else's."""
    if scope.user_id is None:
        return Wish.objects.none()
    return Wish.objects.filter(owner_id=scope.user_id).order_by("-kept_at", "-pk")


def is_wished(scope: Scope, product_id: int) -> bool:
    """Say whether the person in the scope has kept the product. One query, none for a guest."""
    return wishes(scope).filter(product_id=product_id).exists()


def wished_ids(scope: Scope) -> frozenset[int]:
    """Return the products that the person in the scope has kept. One query, none for a guest."""
    return frozenset(wishes(scope).order_by().values_list("product_id", flat=True))


@transaction.atomic
def keep_wish(*, owner_id: int, product_id: int) -> Wish:
    """Put a product that is on sale on the person's list; sold out it may be.

    One that stands there already is returned, so that it is safe to call twice. Raises WishRefused with code
    not_on_sale, and with code too_many when the list is full.
    """
    # Two windows at the same moment wait for each other here, so that the limit holds.
    list(lock(User.objects.filter(pk=owner_id)))
    kept = Wish.objects.filter(owner_id=owner_id)
    found = kept.filter(product_id=product_id).first()
    if found is not None:
        return found
    goods = current_shelf().goods.get(product_id)
    if goods is None or not goods.on_sale:
        raise WishRefused(_("This product is not on sale, so it cannot be kept."), code="not_on_sale")
    if kept.count() >= MOST_WISHES:
        raise WishRefused(
            _("Your wish list holds %(most)d products, which is as many as fit. Please remove one first.")
            % {"most": MOST_WISHES},
            code="too_many",
        )
    return Wish.objects.create(
        owner_id=owner_id, product_id=product_id, price_fen=goods.card.price_fen, kept_at=clock.now()
    )


@transaction.atomic
def forget_wish(*, owner_id: int, product_id: int) -> None:
    """Take a product off the person's list; safe to call twice. Other people's lists stay as they are."""
    Wish.objects.filter(owner_id=owner_id, product_id=product_id).delete()


@transaction.atomic
def forget_wishes_of(*, user_id: int) -> None:
    """Delete what a person kept for later: their account is closed. Safe to call twice."""
    Wish.objects.filter(owner_id=user_id).delete()
