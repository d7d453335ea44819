"""A stand-in for Stripe over real HTTP, for tests and for trying the shop out. It is not Stripe.

It shares no code with shop.gateways: what it knows comes from the typed parameters of Stripe's own library and
from Stripe's documentation. Not simulated: 3-D Secure, disputes by themselves, payouts.
"""

from tests.stripe_peer.server import Mishap, Peer

__all__ = ["Mishap", "Peer"]
