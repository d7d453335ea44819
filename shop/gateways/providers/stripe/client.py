"""The line to Stripe: the official client, its errors in the shop's words, and a pause while it is silent."""

import datetime as dt
import logging
import os
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import stripe

from shop.core import clock
from shop.gateways.providers.base import ProviderUnavailable
from shop.gateways.providers.stripe.access import Access, access

logger = logging.getLogger(__name__)

#: After a call that got no answer nobody waits for the next one: a job with 200 of them would take an hour.
PAUSE = dt.timedelta(seconds=20)

Answer = TypeVar("Answer")


class RequestRefused(Exception):
    """Stripe read the request and did nothing; `code` is Stripe's."""

    def __init__(self, error: stripe.StripeError) -> None:
        super().__init__(error.user_message or str(error))
        self.code = error.code or ""


class KeySpent(Exception):
    """The idempotency key will never give another answer: it belongs to other parameters or to an error."""


class Line:
    """A client and until when it is left alone."""

    def __init__(self, account: Access) -> None:
        self.silent_until: dt.datetime | None = None
        self.client = stripe.StripeClient(
            account.secret_key,
            base_addresses={"api": account.base} if account.base else {},
            max_network_retries=account.retries,
            http_client=stripe.RequestsClient(timeout=account.timeout),
        )


@lru_cache(maxsize=4)
def line_of(account: Access) -> Line:
    """Return the line of an account; one per process, so that its connections are used again."""
    return Line(account)


# A connection must not be shared with a forked child.
os.register_at_fork(after_in_child=line_of.cache_clear)


def ask(call: Callable[[stripe.StripeClient], Answer]) -> Answer:
    """Make a call and return its answer. Raises ProviderUnavailable, RequestRefused, KeySpent."""
    account = access()
    if not account.usable:
        raise ProviderUnavailable("Stripe is not set up")
    line = line_of(account)
    now = clock.now()
    # A pause that ends further ahead was begun before the clock was set back.
    if line.silent_until and now < line.silent_until <= now + PAUSE:
        raise ProviderUnavailable("Stripe did not answer a moment ago")
    try:
        answer = call(line.client)
    except stripe.APIConnectionError as error:
        line.silent_until = clock.now() + PAUSE
        raise ProviderUnavailable(f"Stripe does not answer: {type(error).__name__}") from error
    except stripe.IdempotencyError as error:
        raise KeySpent(str(error)) from error
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise RequestRefused(error) from error
    except stripe.StripeError as error:
        raise _no_usable_answer(error) from error
    line.silent_until = None
    return answer


def mark(metadata: stripe.StripeObject | None, name: str) -> str:
    """Return a mark of ours from an object's metadata, "" when it has none."""
    return str(metadata[name]) if metadata is not None and name in metadata else ""


def _no_usable_answer(error: stripe.StripeError) -> Exception:
    """Tell an error that passes from one that Stripe has stored under the key and will repeat for a day."""
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if (error.http_status or 0) >= 500 and headers.get("idempotent-replayed") == "true":
        return KeySpent(f"Stripe repeats its error {error.http_status}")
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        logger.error("Stripe refuses the key of this shop: %s", error.user_message or error.http_status)
    return ProviderUnavailable(f"Stripe answered {error.http_status}: {error.code or type(error).__name__}")
