"""Names that every page of the shop may use."""

from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, object]:
    """Return the shop's name, flags and the number on the basket."""
    return {
        "shop_name": settings.SHOP_NAME,
        "shop_subline": settings.SHOP_SUBLINE,
        "demo_mode": settings.SHOP_DEMO,
        "icp_number": settings.ICP_NUMBER,
    }
