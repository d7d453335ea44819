"""Read origin claims: where the goods are said to be produced, and how far that is proved."""

from django.db.models import QuerySet

from shop.accounts.scope import Scope
from shop.listings.models import ClaimState, ListingState, ProductOrigin


def claims(scope: Scope) -> QuerySet[ProductOrigin]:
    """Return the claims of goods that are not withdrawn, of suppliers in the scope; by SKU."""
    found = ProductOrigin.objects.select_related("product__listing__supplier", "region", "township").exclude(
        product__listing__state=ListingState.WITHDRAWN
    )
    found = found.filter(product__listing__isnull=False).order_by("product__listing__sku")
    if scope.everything:
        return found
    own = found.filter(product__listing__supplier__code__in=scope.suppliers)
    return own | found.filter(region__slug__in=scope.regions)


def claims_to_decide(scope: Scope) -> QuerySet[ProductOrigin]:
    """Return the claims of goods on sale that nobody has decided, the oldest goods first."""
    waiting = claims(scope).filter(
        claim_state=ClaimState.PENDING, product__listing__state=ListingState.PUBLISHED
    )
    return waiting.order_by("product__date_created", "pk")


def claims_ending(scope: Scope) -> QuerySet[ProductOrigin]:
    """Return verified claims whose end was told of, the earliest end first."""
    ending = claims(scope).filter(claim_state=ClaimState.VERIFIED, reminded_at__isnull=False)
    return ending.order_by("valid_until", "pk")
