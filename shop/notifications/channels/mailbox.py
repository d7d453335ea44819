"""The embedded shop's channel: messages land in a mailbox page that staff can open."""

from shop.core import clock
from shop.notifications.models import MailboxMessage


class MailboxChannel:
    """Stands for mail and SMS where no provider is configured; drops repeats by key."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def send(self, *, key: str, address: str, subject: str, body: str) -> None:
        """Write the message to the mailbox page."""
        MailboxMessage.objects.get_or_create(
            notice_key=key,
            defaults={
                "channel": self.channel,
                "address": address,
                "subject": subject,
                "body": body,
                "delivered_at": clock.now(),
            },
        )
