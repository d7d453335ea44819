"""The port every channel stands behind."""

from typing import Protocol


class ChannelError(Exception):
    """The message was not taken; it is tried again later."""


class Channel(Protocol):
    """Takes one message to one address."""

    def send(self, *, key: str, address: str, subject: str, body: str) -> None:
        """Deliver the message; `key` lets the other side drop a repeat. Raises ChannelError."""
