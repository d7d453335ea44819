"""Login codes by SMS: straight to the provider, never through a row or a log, within the limits of all texts."""

import uuid

from shop.accounts.ports import TextMessage, TextsDelayed
from shop.notifications.channels.base import ChannelError, Message
from shop.notifications.text_limits import send_metered


def send_code(message: TextMessage) -> None:
    """Send a text with a code. Raises TextsDelayed at a limit, and when the provider did not take it."""
    try:
        send_metered(
            Message(
                key=f"code:{uuid.uuid4()}",
                kind=message.kind,
                address=message.phone,
                subject="",
                body=message.text,
                params=message.params,
            )
        )
    except ChannelError:
        raise TextsDelayed from None
