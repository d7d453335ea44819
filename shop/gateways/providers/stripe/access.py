"""What the settings say about Stripe, and whether that is enough to offer it."""

from dataclasses import dataclass

from django.conf import settings

LIVE_KEYS = ("sk_live_", "rk_live_")


@dataclass(frozen=True)
class Access:
    """The keys of one Stripe account. `base` is "" for Stripe itself, else where a stand-in listens."""

    secret_key: str
    webhook_secret: str
    account: str
    base: str
    timeout: float
    retries: int

    @property
    def live(self) -> bool:
        """Whether the key moves real money."""
        return self.secret_key.startswith(LIVE_KEYS)

    @property
    def usable(self) -> bool:
        """Whether the keys are there, and no stand-in takes the place of Stripe outside a demonstration or a test."""
        stand_in_allowed = settings.SHOP_DEMO or settings.SHOP_ENV == "test"
        return bool(self.secret_key and self.webhook_secret) and (not self.base or stand_in_allowed)


def access() -> Access:
    """Return what the settings say now."""
    return Access(
        secret_key=settings.STRIPE_SECRET_KEY,
        webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
        account=settings.STRIPE_ACCOUNT_ID,
        base=settings.STRIPE_API_BASE,
        timeout=settings.STRIPE_TIMEOUT_SECONDS,
        retries=settings.STRIPE_NETWORK_RETRIES,
    )
