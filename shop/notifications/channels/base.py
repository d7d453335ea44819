"""The port every channel stands behind."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Message:
    """What leaves the shop. `key` lets the other side drop a repeat; printed, it shows no more than key and kind.

    `params` are the values of a provider's template, `secret` is what opens the receiver's door (a bot's key).
    """

    key: str
    kind: str
    address: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str = field(default="", repr=False)


class ChannelError(Exception):
    """The message was not taken, or nobody knows; it is tried again later. Its text names no address and no key."""


class ChannelRefused(ChannelError):
    """The message will never be taken this way: a repeat would be refused too."""


class ChannelBusy(ChannelError):
    """Not now: a limit has been reached. The message waits until `until`, which is no failed attempt.

    `hold` names the limit (models.Hold); with `whole` the provider takes nothing at all until then.
    """

    def __init__(self, text: str, *, until: dt.datetime, hold: str, whole: bool = False) -> None:
        super().__init__(text)
        self.until = until
        self.hold = hold
        self.whole = whole


class Channel(Protocol):
    """Takes one message to one address."""

    def send(self, message: Message) -> None:
        """Deliver the message. Raises ChannelError, ChannelRefused or ChannelBusy."""
