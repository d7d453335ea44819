"""What every payment provider offers. The rest of the shop knows no provider but through this."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

CURRENCY = "CNY"


class ProviderUnavailable(Exception):
    """The provider gave no usable answer; asking again later with the same key is safe."""


class ProviderRefused(Exception):
    """The provider will never act on this key: nothing was opened, and asking again with it is useless."""


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


class About(StrEnum):
    """What a notice tells of; `nothing` is what the shop does not listen to."""

    PAYMENT = "payment"
    REFUND = "refund"
    NOTHING = "nothing"


class LineKind(StrEnum):
    """What a line of a channel's bill is, in the shop's words."""

    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    OWN = "own"
    OTHER = "other"


@dataclass(frozen=True)
class SessionRequest:
    """What a provider is asked to collect; the same key always means the same session.

    `asked_at` is when the intention was stored, `held_until` when the order's hold ends (None: no end),
    `known_reference` the session that an earlier call opened. All are stored: every call of a key says the same.
    """

    idempotency_key: str
    amount_fen: int
    order_number: str
    return_path: str
    cancel_path: str
    asked_at: dt.datetime
    held_until: dt.datetime | None = None
    known_reference: str = ""
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
class RefundNews:
    """A refund as the provider's own books have it; `idempotency_key` is the shop's, "" if it did not ask."""

    idempotency_key: str
    fen: int
    result: RefundResult


@dataclass(frozen=True)
class VerifiedNotice:
    """A notice whose signature held: only its id and what it is about are trusted, the rest is fetched.

    `foreign_account` names the account it is about when that is not the shop's own.
    """

    provider_event_id: str
    reference: str
    about: About = About.PAYMENT
    foreign_account: str = ""


@dataclass(frozen=True)
class BillRow:
    """A line of a channel's bill. Minor units of `settled_currency`, in which the channel keeps the account;

    `source_minor` and `source_currency` are what the buyer paid or got back, both signed from the shop's side.
    `key` is the idempotency key of the attempt or the execution behind it, "" when it names none.
    """

    line_id: str
    kind: LineKind
    channel_kind: str
    occurred_at: dt.datetime
    available_at: dt.datetime
    settled_minor: int
    fee_minor: int
    net_minor: int
    settled_currency: str
    source: str = ""
    source_minor: int = 0
    source_currency: str = ""
    key: str = ""
    description: str = ""


@dataclass(frozen=True)
class BillPage:
    """A page of a bill as it came over the network, and its lines; `after` leads to the next one, "" at the end."""

    raw: str
    rows: tuple[BillRow, ...]
    after: str


class Provider(Protocol):
    """Each call may use the network, so none is made inside a transaction. All are safe to repeat."""

    name: str
    by_hand: bool
    #: Whether a session that has expired can take money no more, so that nobody has to ask again.
    expiry_is_final: bool

    def create_session(self, request: SessionRequest) -> ProviderSession:
        """Open a session, or return the one of this key. Raises ProviderUnavailable, ProviderRefused."""

    def fetch(self, reference: str) -> ProviderObject:
        """Return the payment's present state. Raises ProviderUnavailable."""

    def expire(self, reference: str) -> ProviderObject:
        """End an unpaid session and return what it has become: it may just have been paid.

        Pending means that money is still on its way: the session has not ended. Raises ProviderUnavailable.
        """

    def refund(self, reference: str, fen: int, idempotency_key: str) -> RefundResult:
        """Send fen of a payment back, once per key. Raises ProviderUnavailable."""

    def fetch_refund(self, reference: str) -> RefundNews:
        """Return a refund's present state by the provider's id of it. Raises ProviderUnavailable."""

    def verify_notice(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedNotice:
        """Check the signature over the raw bytes. Raises BadNotice."""


class BillingProvider(Provider, Protocol):
    """A provider that keeps an account for the shop and shows every movement on it."""

    def bill_page(self, since: dt.datetime, until: dt.datetime, after: str) -> BillPage:
        """Return a page of the movements of [since, until), newest first. Raises ProviderUnavailable."""
