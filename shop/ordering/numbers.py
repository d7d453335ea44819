"""Order numbers nobody can guess, and the tokens of guests' links."""

import base64
import hashlib
import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

from shop.core import clock
from shop.ordering.models import OrderRecord, RefundRequest

#: Crockford's base 32: no letter that is read as a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 8


def new_order_number() -> str:
    """Return a free number: YS, the Shanghai date and 40 random bits, as YS20260301-7K2M9QXA."""
    while True:
        tail = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
        number = f"YS{clock.today():%Y%m%d}-{tail}"
        if not OrderRecord.objects.filter(number=number).exists():
            return number


def new_refund_number(record: OrderRecord) -> str:
    """Return the next refund number of a locked order: YS20260301-7K2M9QXA-R1."""
    return f"{record.number}-R{RefundRequest.objects.filter(record=record).count() + 1}"


def guest_token(number: str) -> str:
    """Return the 256-bit token of a guest's link to an order.

    Derived from the shop's secret, so that a repeated submit and later notices can give the same link
    although only a digest is stored.
    """
    digest = salted_hmac("shop.ordering.guest_link", number, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_digest(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_fits(record: OrderRecord, token: str) -> bool:
    """Return whether the token opens the order; takes the same time for every wrong one."""
    return constant_time_compare(record.access_key, token_digest(token))
