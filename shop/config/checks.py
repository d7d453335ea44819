"""System checks of a deployment: refuse to run a shop that would lose or leak something."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from shop.config.env import SHOP_ENV

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


@register(Tags.security, deploy=True)
def check_production_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Production needs its own key, no DEBUG, no demonstration flag and a database server."""
    if SHOP_ENV != "production":
        return []
    found: list[CheckMessage] = []
    if settings.SHOP_DEMO:
        found.append(Error("The demonstration flag is on.", hint="Unset SHOP_DEMO.", id="shop.E001"))
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(Error("SQLite carries one web process only.", hint="Set DATABASE_URL.", id="shop.E002"))
    if settings.STRIPE_API_BASE:
        found.append(
            Error(
                "STRIPE_API_BASE puts a stand-in in the place of Stripe.",
                hint="Unset STRIPE_API_BASE.",
                id="shop.E003",
            )
        )
    if (settings.WEIXIN_OPEN_BASE, settings.WEIXIN_API_BASE) != (settings.WEIXIN_OPEN, settings.WEIXIN_API):
        found.append(
            Error(
                "WEIXIN_OPEN_BASE or WEIXIN_API_BASE puts a stand-in in the place of WeChat.",
                hint="Unset both.",
                id="shop.E006",
            )
        )
    if settings.SHOP_CLOCK_FILE:
        found.append(
            Error(
                "SHOP_CLOCK_FILE moves the clock of this shop.", hint="Unset SHOP_CLOCK_FILE.", id="shop.E005"
            )
        )
    if settings.SHOP_PLAIN_HTTP and not set(settings.ALLOWED_HOSTS) <= LOOPBACK:
        hint = "Unset SHOP_PLAIN_HTTP; it is for ALLOWED_HOSTS of this machine only."
        found.append(Error("Cookies and passwords would travel without TLS.", hint=hint, id="shop.E004"))
    return found
