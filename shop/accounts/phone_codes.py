"""A code by text message that proves a number for one purpose, beside allauth's own that sign people in.

What was asked for is kept in the session: the code as a digest only, for some minutes and three attempts. Texts of
every kind share one number's limits with those of the login.
"""

import secrets
from dataclasses import asdict, dataclass

from allauth.core.internal import ratelimit
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.accounts.challenge import note_text
from shop.accounts.ports import TextMessage, require_texts, send_text
from shop.core import clock
from shop.core.exceptions import ShopError

GOOD_FOR = 5 * 60
_SALT = "shop.accounts.phone_code"
_DIGITS = 6
#: Wrong codes of one request, and of one address: so many, then a new code has to be asked for.
_RATES = {"try": "3/5m/key,30/m/ip"}


@dataclass(frozen=True)
class Asked:
    """A code that was asked for: for which number, and about what (`about` is the asking page's own word)."""

    phone: str
    about: str
    key: str
    digest: str
    until: float


def ask_code(
    request: HttpRequest, *, purpose: str, phone: str, about: str = "", unknown: TextMessage | None = None
) -> None:
    """Send a code to a number and remember in the session what it is about; an earlier one is void.

    With `unknown` that text is sent in the code's place, so that the page takes as long and says the same. Raises
    TextsUnavailable and ShopError (rate_limited), and what the port raises; nothing is remembered then.
    """
    require_texts()
    if not ratelimit.consume(
        request, app="allauth.account", action="request_login_code", key=f"phone-code:{phone}"
    ):
        raise ShopError(
            _("Too many requests. Wait a minute, then try again."), code="rate_limited", field="phone"
        )
    key, code = secrets.token_hex(8), f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    note_text(request, phone)
    send_text(unknown or _message(phone, code))
    asked = Asked(
        phone, about, key, "" if unknown else _digest(key, code), clock.now().timestamp() + GOOD_FOR
    )
    request.session[_name(purpose)] = asdict(asked)


def asked_code(request: HttpRequest, purpose: str) -> Asked | None:
    """Return what was asked for and can still be answered, None otherwise."""
    kept = request.session.get(_name(purpose))
    asked = Asked(**kept) if kept else None
    return asked if asked and clock.now().timestamp() < asked.until else None


def spend_phone_code(request: HttpRequest, *, purpose: str, typed: str) -> Asked:
    """Take the code that was typed, once, and return what it was asked for.

    Raises ShopError (code_gone: none that could be answered; code_tried: too many attempts; code_wrong).
    """
    asked = asked_code(request, purpose)
    if asked is None:
        raise ShopError(_GONE, code="code_gone", field="code")
    if not ratelimit.consume(request, app=_SALT, action="try", config=_RATES, key=asked.key):
        forget_code(request, purpose)
        raise ShopError(_("Too many attempts. Ask for a new code, please."), code="code_tried", field="code")
    plain = "".join(typed.split())
    if not asked.digest or not constant_time_compare(asked.digest, _digest(asked.key, plain)):
        raise ShopError(_("The code is not right."), code="code_wrong", field="code")
    forget_code(request, purpose)
    return asked


def forget_code(request: HttpRequest, purpose: str) -> None:
    """Void a code that was asked for. Safe to call twice."""
    request.session.pop(_name(purpose), None)


_GONE = gettext_lazy("This code is no longer good. Ask for a new one, please.")


def _message(phone: str, code: str) -> TextMessage:
    text = _("Your code is %(code)s. It is good for a few minutes. Tell it to nobody.") % {"code": code}
    return TextMessage(phone=phone, text=text, kind="login_code", params={"code": code})


def _name(purpose: str) -> str:
    return f"phone_code:{purpose}"


def _digest(key: str, code: str) -> str:
    return salted_hmac(_SALT, f"{key}:{code}", algorithm="sha256").hexdigest()
