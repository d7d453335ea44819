"""A question in words before more text messages: cheap for a person, dear for a script that floods a number.

It is asked from the second text of an address or a number within an hour on, and of everyone while the whole shop
sends many. It needs no JavaScript and nobody else's service, and a screen reader reads it like any other label.
"""

import secrets
from dataclasses import dataclass

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.core import clock

#: An answer is good for so many seconds, and once.
GOOD_FOR = 600
#: So long after a text the next one of the same address or number is asked about.
REMEMBERED = 3600
_SALT = "shop.accounts.challenge"
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Question:
    """What is asked, and the token that comes back with the answer; the answer cannot be read from it."""

    text: str
    token: str


def ask() -> Question:
    """Return a new question."""
    first, second, nonce = 11 + secrets.randbelow(39), 2 + secrets.randbelow(8), secrets.token_hex(12)
    text = _("What is %(first)s plus %(second)s?") % {"first": _shown(first), "second": _shown(second)}
    return Question(text, TimestampSigner(salt=_SALT).sign(f"{nonce}.{_mac(nonce, first + second)}"))


def is_answered(token: str, typed: str) -> bool:
    """Say whether the question of the token is answered: right, in time, and for the first time.

    Right or wrong, a question is spent by an answer, so that a script cannot try one number after another.
    """
    try:
        nonce, _dot, mac = TimestampSigner(salt=_SALT).unsign(token, max_age=GOOD_FOR).partition(".")
    except BadSignature:
        return False
    if not cache.add(f"{_SALT}:spent:{nonce}", 1, GOOD_FOR):
        return False
    number = _number(typed)
    return number is not None and secrets.compare_digest(mac, _mac(nonce, number))


def is_wanted(request: HttpRequest, phone: str = "") -> bool:
    """Say whether a question comes before the next text asked for from this address, or for this number."""
    keys = [_address(request), *([_number_key(phone)] if phone else []), _minute()]
    found = cache.get_many(keys)
    busy = int(found.pop(_minute(), 0)) >= settings.SMS_CHALLENGE_PER_MINUTE
    return busy or bool(found)


def note_text(request: HttpRequest, phone: str) -> None:
    """Remember that a text was asked for from this address and for this number. Each is kept as a digest only."""
    cache.set_many({_address(request): 1, _number_key(phone): 1}, REMEMBERED)
    minute = _minute()
    cache.add(minute, 0, 120)
    cache.incr(minute)


def spelled(number: int) -> str:
    """Return a number below a hundred in Chinese words."""
    tens, ones = divmod(number, 10)
    before = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return before + (_DIGITS[ones] if ones or not tens else "")


def _shown(number: int) -> str:
    return spelled(number) if (get_language() or "").startswith("zh") else str(number)


_SPELLED = {spelled(number): number for number in range(100)}


def _number(typed: str) -> int | None:
    """Return what was typed: digits of any width, or Chinese words."""
    plain = typed.strip()
    if plain in _SPELLED:
        return _SPELLED[plain]
    return int(plain) if plain.isdecimal() and len(plain) <= len("100") else None


def _mac(nonce: str, answer: int) -> str:
    return salted_hmac(_SALT, f"{nonce}={answer}", algorithm="sha256").hexdigest()


def _address(request: HttpRequest) -> str:
    return f"{_SALT}:address:{_digest(get_ip(request))}"


def _number_key(phone: str) -> str:
    return f"{_SALT}:number:{_digest(phone)}"


def _minute() -> str:
    return f"{_SALT}:minute:{int(clock.now().timestamp() // 60)}"


def _digest(text: str) -> str:
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()[:32]
