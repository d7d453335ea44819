"""The embedded shop's channel: messages land in a mailbox page that staff can open."""

from shop.core import clock
from shop.notifications.channels.base import Message
from shop.notifications.models import MailboxMessage


class MailboxChannel:
    """Stands for mail, group bot and SMS where no provider is configured; drops repeats by key."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def send(self, message: Message) -> None:
        """Write the message to the mailbox page; a bot's key stays out of it."""
        letter = MailboxMessage(
            notice_key=message.key,
            channel=self.channel,
            address=message.address,
            subject=message.subject,
            body=message.body,
            delivered_at=clock.now(),
        )
        MailboxMessage.objects.bulk_create([letter], ignore_conflicts=True)
