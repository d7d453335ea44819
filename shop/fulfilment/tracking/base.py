"""The port that every tracking service stands behind."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from shop.fulfilment.tracking_models import StepStatus


class TrackingUnavailable(Exception):
    """The service was not reached or is in trouble; the same is asked again later."""


class TrackingRefused(Exception):
    """The service will never tell of this number, whatever is done; the text says why."""


class BadPush(Exception):
    """What came is not genuine or cannot be read; nothing of it is kept."""


class Watching(StrEnum):
    """What a push says of the watch itself."""

    GOES_ON = "goes_on"
    ENDED = "ended"
    ABORTED = "aborted"


@dataclass(frozen=True)
class Wanted:
    """A number whose news are wanted. `phone` is the receiver's, "" unless the courier tells nothing without it."""

    company: str
    number: str
    phone: str


@dataclass(frozen=True)
class Step:
    """A step of a parcel: when, in the courier's words, where, and what it means."""

    at: dt.datetime
    text: str
    status: StepStatus
    code: str = ""
    place: str = ""


@dataclass(frozen=True)
class Push:
    """A verified push: whose news, all steps that the service knows, and what becomes of the watch."""

    company: str
    number: str
    watching: Watching
    message: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Answer:
    """What the service is answered, in its own form."""

    body: Mapping[str, object]


class TrackingProvider(Protocol):
    """A service that is asked once about a number and then tells of each step itself."""

    name: str

    def company_of(self, courier: str) -> str | None:
        """Return what the service calls a courier of ours; None for one that it cannot follow."""

    def needs_phone(self, company: str) -> bool:
        """Say whether this courier tells nothing without the receiver's phone number."""

    def watch(self, wanted: Wanted) -> None:
        """Ask for the news of a number; the same again changes nothing.

        Raises TrackingUnavailable, TrackingRefused.
        """

    def read_push(self, raw: bytes) -> Push:
        """Verify a push on its raw bytes and read it. Raises BadPush."""

    def taken(self, *, ok: bool, message: str) -> Answer:
        """Return the answer to a push."""
