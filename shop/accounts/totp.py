"""Codes of an authenticator app (RFC 6238: SHA-1, 30 seconds, six digits). Knows no database and no settings."""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterator

STEP_SECONDS = 30
DIGITS = 6
#: A phone's clock may be so many steps off, and a code may be typed so long after it was shown.
TOLERANCE = 1
#: The secret of every demonstration login. Everybody knows it, so it opens nothing outside a demonstration.
DEMO_SECRET = "YUANSHANJIDEMOYUANSHANJIDEMO2345"


def new_secret() -> str:
    """Return a secret of 160 random bits in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, seconds: float) -> str:
    """Return the code that an app with this secret shows at a moment (Unix seconds)."""
    return _code(secret, int(seconds) // STEP_SECONDS)


def seconds_left(seconds: float) -> int:
    """Return for how many seconds an app goes on showing its code."""
    return STEP_SECONDS - int(seconds) % STEP_SECONDS


def matching_steps(secret: str, typed: str, seconds: float) -> Iterator[int]:
    """Yield the steps around a moment whose code was typed, oldest first; all are looked at, whatever fits."""
    plain = plain_code(typed)
    now = int(seconds) // STEP_SECONDS
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        if hmac.compare_digest(_code(secret, step).encode(), plain.encode()):
            yield step


def plain_code(typed: str) -> str:
    """Return what was typed as a code is compared: full-width digits folded, no blanks."""
    return "".join(unicodedata.normalize("NFKC", typed).split())


def _code(secret: str, step: int) -> str:
    key = base64.b32decode(secret, casefold=True)
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"
