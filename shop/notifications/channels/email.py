"""Mail through Django's configured backend."""

import hashlib
from smtplib import SMTPException

from django.core.mail import EmailMessage

from shop.notifications.channels.base import ChannelError, Message


class EmailChannel:
    """Sends plain-text mail. The Message-ID is made from the key, so a repeat can be recognised."""

    def send(self, message: Message) -> None:
        """Send one mail; raises ChannelError when the server did not take it."""
        message_id = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@notices.shop>"
        mail = EmailMessage(
            message.subject, message.body, to=[message.address], headers={"Message-ID": message_id}
        )
        try:
            mail.send()
        except (OSError, SMTPException) as error:
            raise ChannelError(type(error).__name__) from error
