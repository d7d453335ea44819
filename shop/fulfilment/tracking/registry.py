"""Which tracking service is in use: none, until its key and its salt are set."""

from django.conf import settings

from shop.fulfilment.tracking.base import TrackingProvider
from shop.fulfilment.tracking.kuaidi100 import Kuaidi100


def tracking_provider() -> TrackingProvider | None:
    """Return the service that is asked about new parcels; None where people look after parcels themselves."""
    if not (settings.KUAIDI100_KEY and settings.KUAIDI100_SALT):
        return None
    return Kuaidi100(
        base=settings.KUAIDI100_API_BASE,
        key=settings.KUAIDI100_KEY,
        salt=settings.KUAIDI100_SALT,
        callback=f"{settings.SHOP_BASE_URL.rstrip('/')}/tracking/{Kuaidi100.name}/",
        timeout=settings.KUAIDI100_TIMEOUT_SECONDS,
    )


def provider_named(name: str) -> TrackingProvider | None:
    """Return the service of that name if it is in use."""
    provider = tracking_provider()
    return provider if provider is not None and provider.name == name else None
