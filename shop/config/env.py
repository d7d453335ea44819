"""The environment as typed values; the only reader of environment variables."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

#: embedded: one command, SQLite.
ENVIRONMENTS = ("embedded", "production", "test")


def shop_env() -> str:
    """Return SHOP_ENV. Raises ImproperlyConfigured on any other word: a typing error must not open a demonstration."""
    value: str = env.str("SHOP_ENV", default="embedded")
    if value not in ENVIRONMENTS:
        raise ImproperlyConfigured(f"SHOP_ENV is {value!r}; it must be one of {', '.join(ENVIRONMENTS)}.")
    return value


SHOP_ENV = shop_env()
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()


def secret_key() -> str:
    """Return SECRET_KEY, or the one the embedded shop made for itself in DATA_DIR.

    Raises ImproperlyConfigured in production when it is not set.
    """
    if SHOP_ENV == "production":
        return env.str("SECRET_KEY")
    stored = DATA_DIR / "secret_key"
    default = stored.read_text().strip() if stored.exists() else "embedded-only-not-for-production"
    return env.str("SECRET_KEY", default=default)


def clock_file() -> str:
    """Return SHOP_CLOCK_FILE. Raises ImproperlyConfigured unless this is a rehearsal: no shop's clock is moved."""
    value: str = env.str("SHOP_CLOCK_FILE", default="")
    if value and not env.bool("SHOP_REHEARSAL", default=False):
        raise ImproperlyConfigured("SHOP_CLOCK_FILE moves the shop's clock; it needs SHOP_REHEARSAL=1.")
    return value


def log_format() -> str:
    """Return LOG_FORMAT: text, or json as production has it. Raises ImproperlyConfigured on any other word."""
    value: str = env.str("LOG_FORMAT", default="json" if SHOP_ENV == "production" else "text")
    if value not in ("text", "json"):
        raise ImproperlyConfigured(f"LOG_FORMAT is {value!r}; it must be text or json.")
    return value
