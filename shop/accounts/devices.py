"""Devices: their names for people, and which of them have signed in to an account before.

Wrong passwords are counted by account. A browser that has signed in there before has a counter of its own, so that
strangers who guess keep out only strangers. The cookie that tells is signed, names nobody, and opens nothing.
"""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.accounts.models import User

COOKIE = "known_device"
_SALT = "shop.accounts.known_device"
_YEAR = 365 * 24 * 3600
#: So many marks of logins a cookie holds, the latest first: a number and an address each for five people.
_MOST_MARKS = 10
_MARK_LENGTH = 16

#: In this order: a browser names those that it wants to be taken for, too.
_APPS = (
    ("wxwork", gettext_lazy("WeCom")),
    ("MicroMessenger", gettext_lazy("WeChat")),
    ("AlipayClient", gettext_lazy("Alipay")),
    ("DingTalk", gettext_lazy("DingTalk")),
    ("HuaweiBrowser", gettext_lazy("Huawei browser")),
    ("MiuiBrowser", gettext_lazy("Xiaomi browser")),
    ("UCBrowser", gettext_lazy("UC browser")),
    ("QQBrowser", gettext_lazy("QQ browser")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_name(agent: str) -> str:
    """Return a browser and its system in words."""
    app = next((name for mark, name in _APPS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(str(part) for part in (app, system) if part) or _("Unknown device")


def known_device(request: HttpRequest, login: str) -> str:
    """Return the name of this browser if it has signed in with this number or address before, else ""."""
    device, *marks = _cookie(request)
    return device if device and _mark(device, login) in marks else ""


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Let this browser be one that has signed in to the person's account; for a year from the last time."""
    device, *marks = _cookie(request)
    device = device or secrets.token_hex(16)
    own = [_mark(device, login) for login in (user.phone, user.email) if login]
    kept = [*own, *(mark for mark in marks if mark not in own)][:_MOST_MARKS]
    response.set_signed_cookie(
        COOKIE,
        ".".join([device, *kept]),
        salt=_SALT,
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _cookie(request: HttpRequest) -> list[str]:
    """Return the browser's name and its marks; an empty name for a browser that has none, or a forged one."""
    value = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=_YEAR)
    return str(value).split(".")


def _mark(device: str, login: str) -> str:
    return salted_hmac(_SALT, f"{device}:{login.lower()}", algorithm="sha256").hexdigest()[:_MARK_LENGTH]
