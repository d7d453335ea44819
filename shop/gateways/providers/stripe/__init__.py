"""Stripe: hosted Checkout Sessions, refunds, notices and bills. The only package that imports its library.

It has been run against our own peer (tests/stripe_peer), never against Stripe itself.
"""

from shop.gateways.providers.stripe.access import Access, access
from shop.gateways.providers.stripe.provider import StripeProvider

__all__ = ["Access", "StripeProvider", "access"]
