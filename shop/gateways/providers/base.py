"""What every payment provider offers. The rest of the shop knows no provider but through this."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

CURRENCY = "CNY"


class ProviderUnavailable(Exception):
    """The provider gave no usable answer; asking again later with the same key is safe."""


class BadNotice(Exception):
    """A notice that is not the provider's, or too old; nothing of it may be stored."""


class ProviderState(StrEnum):
    """What has become of a payment on the provider's side."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class RefundState(StrEnum):
    """What has become of a refund; `by_hand` means that people send the money."""

    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class SessionRequest:
    """What a provider is asked to collect; the same key always means the same session."""

    idempotency_key: str
    amount_fen: int
    order_number: str
    return_path: str
    currency: str = CURRENCY


@dataclass(frozen=True)
class Instructions:
    """How to pay without leaving the page. `placeholder`: the account is not a real one."""

    code: str
    account_name: str
    bank: str
    account_number: str
    placeholder: bool


@dataclass(frozen=True)
class ProviderSession:
    """An opened session: the provider's reference, and where the buyer goes or what they read."""

    reference: str
    redirect_url: str | None = None
    instructions: Instructions | None = None


@dataclass(frozen=True)
class ProviderObject:
    """The payment as the provider's own books have it; `livemode` false means play money."""

    reference: str
    state: ProviderState
    amount_fen: int = 0
    currency: str = CURRENCY
    livemode: bool = True
    paid_at: dt.datetime | None = None
    payer: str = ""


@dataclass(frozen=True)
class RefundResult:
    """The provider's answer to a refund."""

    state: RefundState
    reference: str = ""
    message: str = ""


@dataclass(frozen=True)
class VerifiedNotice:
    """A notice whose signature held: only its id and what it is about are trusted, the rest is fetched."""

    provider_event_id: str
    reference: str


class Provider(Protocol):
    """Each call may use the network, so none is made inside a transaction. All are safe to repeat."""

    name: str
    by_hand: bool

    def create_session(self, request: SessionRequest) -> ProviderSession:
        """Open a session, or return the one of this key. Raises ProviderUnavailable."""

    def fetch(self, reference: str) -> ProviderObject:
        """Return the payment's present state. Raises ProviderUnavailable."""

    def expire(self, reference: str) -> ProviderObject:
        """End an unpaid session and return what it has become: it may just have been paid."""

    def refund(self, reference: str, fen: int, idempotency_key: str) -> RefundResult:
        """Send fen of a payment back, once per key. Raises ProviderUnavailable."""

    def verify_notice(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedNotice:
        """Check the signature over the raw bytes. Raises BadNotice."""
